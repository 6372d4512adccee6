// Four worker processes on one PostgreSQL, of which one after the other is killed and replaced while a broadcast runs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createBroadcastSite } from '../../kit/broadcast-site.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'
import { killAllRunning, type Running, startCommand } from '../cli/command.ts'

const DEVICES = 8_000
const WORKERS = 4
/** Shares of the devices that have got the message when one is killed. */
const KILLS = [0.15, 0.35, 0.55]

afterEach(killAllRunning)

test('every device has exactly one result, and only what was in flight at a kill arrives twice', async () => {
  await using site = await createBroadcastSite({ emulator: { keepRequests: 0, fcm: { maxStreams: 100 } } })
  const { emulator } = site
  const folder = await mkdtemp(join(tmpdir(), 'sendword-workers-'))
  const fleet = await site.addFleet({ fcm: DEVICES })
  const rowIds = new Map([...fleet].map(([id, device]) => [device, id]))
  emulator.faults.add({ service: 'fcm', effect: { kind: 'delay', ms: 30 } })
  const env = {
    ...{ DATABASE_URL: site.url, SENDWORD_SECRET: TEST_SECRET, SENDWORD_LOG_LEVEL: 'error' },
    ...{ FCM_MAX_IN_FLIGHT: '100', SENDWORD_DATABASE_POOL: '5' },
  }
  const start = () => startCommand(['worker', '--emulator', emulator.url], { folder, env })
  const workers: Running[] = Array.from({ length: WORKERS }, start)
  for (const worker of workers) await worker.printed(/Delivering/)
  const core = await site.openWorker(site.app, false)
  const id = await site.publish(core)

  const inFlight = new Set<string>()
  for (const [nth, share] of KILLS.entries()) {
    await eventually(
      async () => emulator.requests.count('fcm', 'accepted'),
      (taken) => taken >= DEVICES * share,
    )
    const victim = workers[nth % WORKERS]
    victim?.signal('SIGKILL')
    await victim?.ended
    const recorded = new Set((await site.results(id)).map(({ device }) => device))
    for (const [device, rowId] of rowIds) {
      if (device.lastSequence > 0 && !recorded.has(rowId)) inFlight.add(rowId)
    }
    workers[nth % WORKERS] = start()
  }
  await site.expectSettled(core, id, { accepted: DEVICES })
  const doubled = [...fleet].filter(([, { inbox }]) => inbox.length !== 1)
  expect(doubled.filter(([, { inbox }]) => inbox.length === 0)).toEqual([])
  expect(doubled.filter(([rowId]) => !inFlight.has(rowId)).map(([rowId]) => rowId)).toEqual([])
  await rm(folder, { recursive: true, force: true })
}, 150_000)
