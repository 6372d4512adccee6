// PostgreSQL goes away in the middle of a broadcast: restarted without a goodbye, and with every connection cut.
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import { createApi } from '../../../src/http/api/create-api.ts'
import { API_KEY, type BroadcastSite, createBroadcastSite } from '../../kit/broadcast-site.ts'
import { startPostgresServer } from '../../kit/postgres-server.ts'
import { eventually, query } from '../../kit/query.ts'

const DEVICES = 3_000
const CUTS = 6

const untilTaken = (site: BroadcastSite, share: number) =>
  eventually(
    async () => site.emulator.requests.count('fcm', 'accepted'),
    (taken) => taken >= DEVICES * share,
  )

/** A client that goes on sending to one device, whatever it is answered. */
function startClient(core: Core, deviceId: string) {
  const api = createApi(core)
  const accepted: string[] = []
  const refusals: unknown[] = []
  const stopping = new AbortController()
  const sending = (async () => {
    while (!stopping.signal.aborted) {
      const answer = await api.fetch(
        new Request(`http://localhost/v1/apps/default/devices/${deviceId}/messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
          body: JSON.stringify({ data: { single: 'yes' } }),
        }),
      )
      const body = (await answer.json()) as { id: string; code: string }
      if (answer.status === 202) accepted.push(body.id)
      else refusals.push({ status: answer.status, code: body.code })
      await pause(5)
    }
  })()
  return {
    accepted,
    refusals,
    async stop() {
      stopping.abort()
      await sending
    },
  }
}

test('workers reconnect and finish, nothing that was answered 202 is lost, and all else was answered 503', async () => {
  await using server = await startPostgresServer()
  await using site = await createBroadcastSite({ database: { database: server.url, url: server.url } })
  const cores = [await site.openWorker(), await site.openWorker()] as const
  const fleet = await site.addFleet({ fcm: DEVICES })
  const [first = ''] = fleet.keys()
  site.emulator.faults.add({ service: 'fcm', effect: { kind: 'delay', ms: 50 } })
  const id = await site.publish(cores[0])
  const client = startClient(cores[1], `device-${first}`)
  await untilTaken(site, 0.2)
  await server.restart()
  const recorded = new Set((await site.results(id)).map(({ device }) => device))
  for (let cut = 0; cut < CUTS; cut++) {
    await untilTaken(site, 0.3 + cut / 10)
    // LISTEN connections too.
    await query(
      server.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
  }
  await eventually(
    async () => client.accepted.length,
    (count) => count > 0,
  )
  await client.stop()
  for (const single of client.accepted) {
    expect((await cores[0].messages.settled(single, { timeout: 60_000 })).single?.outcome).toBe('accepted')
  }
  expect(client.refusals.length).toBeGreaterThan(0)
  for (const refusal of client.refusals) expect(refusal).toEqual({ status: 503, code: 'PUSH_DATABASE_DOWN' })

  const { counts } = await cores[1].messages.settled(id, { timeout: 90_000 })
  expect(counts).toMatchObject({ accepted: DEVICES })
  expect(await site.results(id)).toHaveLength(DEVICES)
  const arrived = (device: string) => fleet.get(device)?.inbox.filter(({ data }) => data.n !== undefined).length
  for (const device of fleet.keys()) expect(arrived(device)).toBeGreaterThan(0)
  // What was recorded survived, and is never sent again.
  for (const device of recorded) expect(arrived(device)).toBe(1)
}, 150_000)
