// Push services that ask all senders to wait, in the middle of a broadcast.
import { afterEach, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { arrivals, type BroadcastSite, createBroadcastSite } from '../../kit/broadcast-site.ts'
import { eventually, query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'
import { heldRequests } from './held-requests.ts'

const FLEET = { fcm: 2_000, apns: 300, webpush: 200 }
const DEVICES = 2_500
/** What may be on its way when a service asks for a pause. */
const IN_FLIGHT = { fcm: 50, apns: 20 }

let site: BroadcastSite
let fleet: ReadonlyMap<string, VirtualDevice>
afterEach(() => site[Symbol.asyncDispose]())

async function openSite(clock = createShiftedClock()) {
  site = await createBroadcastSite({ clock })
  fleet = await site.addFleet(FLEET)
  const { fcm, apns, webpush } = site.app
  return await site.openWorker({
    webpush: { ...webpush },
    fcm: { ...fcm, maxInFlight: IN_FLIGHT.fcm },
    apns: { ...apns, maxInFlight: IN_FLIGHT.apns },
  })
}

function expectHoldsObeyed(): void {
  for (const service of ['fcm', 'apns'] as const) {
    const { holds, most } = heldRequests(site.emulator.requests.recent(), service)
    expect(holds).toBeGreaterThan(0)
    expect(most).toBeLessThan(IN_FLIGHT[service])
  }
}

test('429 with Retry-After for everything, for a while', async () => {
  const core = await openSite()
  const { faults, requests } = site.emulator
  const quota = { kind: 'error', code: 'QUOTA_EXCEEDED', retryAfter: 1 } as const
  // Some get through before, so that the broadcast is under way.
  const rule = faults.add({ service: 'fcm', after: 300, effect: quota })
  faults.add({ service: 'apns', after: 50, times: 60, effect: { kind: 'status', status: 503, retryAfter: 1 } })
  faults.add({ service: 'webpush', after: 50, times: 200, effect: { kind: 'status', status: 429, retryAfter: 1 } })
  const id = await site.publish(core)
  await eventually(
    async () => heldRequests(requests.recent(), 'fcm').holds,
    (holds) => holds >= 3,
  )
  faults.remove(rule.id)
  await site.expectSettled(core, id, { accepted: DEVICES })
  expect(arrivals(fleet.values())).toEqual({ 1: DEVICES })
  expectHoldsObeyed()
}, 120_000)

test('503 for a minute', async () => {
  const clock = createShiftedClock()
  const core = await openSite(clock)
  const { faults, requests } = site.emulator
  const outage = { kind: 'status', status: 503, retryAfter: 40 } as const
  for (const service of ['fcm', 'apns', 'webpush'] as const) faults.add({ service, after: 100, effect: outage })
  const id = await site.publish(core)
  // Nobody sends any more, since everything waits.
  const untilAllWait = () =>
    eventually(
      () => query<{ state: string }>(site.url, `SELECT state FROM sendword_queue.job WHERE start_after <= now()`),
      (jobs) => jobs.length === 0,
    )
  /** For the workers, the emulator and the queue alike. */
  const pass = async (ms: number) => {
    clock.advance(ms)
    site.emulator.clock.advance(ms)
    await query(site.url, `UPDATE sendword_queue.job SET start_after = start_after - $1 * interval '1 ms'`, [ms])
  }
  await untilAllWait()
  await pass(65_000)
  await eventually(
    async () => requests.count('fcm', 'status-503'),
    (count) => count > IN_FLIGHT.fcm,
  )
  await untilAllWait()
  faults.clear()
  await pass(65_000)
  await site.expectSettled(core, id, { accepted: DEVICES })
  expect(arrivals(fleet.values())).toEqual({ 1: DEVICES })
  expectHoldsObeyed()
}, 120_000)
