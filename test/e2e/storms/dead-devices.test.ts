// A broadcast that finds one device in ten gone, on every push service.
import { expect, test } from 'vitest'
import { arrivals, createBroadcastSite } from '../../kit/broadcast-site.ts'
import { query } from '../../kit/query.ts'

test('one device in ten is dead: those fail, and no other', async () => {
  await using site = await createBroadcastSite()
  const fleet = await site.addFleet({ fcm: 2_000, apns: 300, webpush: 200 })
  const dead = new Set([...fleet.keys()].filter((_, n) => n % 10 === 3))
  for (const [id, device] of fleet) if (dead.has(id)) device.state = 'unregistered'
  const cores = [await site.openWorker(), await site.openWorker()] as const
  const id = await site.publish(cores[0])
  await site.expectSettled(cores[1], id, { accepted: 2_250, unregistered: 250 })
  const failed = await query<{ id: string }>(site.url, 'SELECT id FROM sendword.device WHERE failed_at IS NOT NULL')
  expect(new Set(failed.map((device) => device.id))).toEqual(dead)
  expect(arrivals(fleet.values())).toEqual({ 0: 250, 1: 2_250 })
  const results = await site.results(id)
  expect(new Set(results.flatMap(({ device, outcome }) => (outcome === 'unregistered' ? device : [])))).toEqual(dead)

  // The next one passes them over.
  const next = await site.publish(cores[0])
  const settled = await cores[0].messages.settled(next, { timeout: 60_000 })
  expect(settled).toMatchObject({ audienceSize: 2_250, skipped: 250, counts: { accepted: 2_250, unregistered: 0 } })
}, 120_000)
