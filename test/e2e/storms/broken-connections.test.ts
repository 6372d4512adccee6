// Connections and streams that end in the middle of a broadcast.
import { afterEach, expect, test } from 'vitest'
import type { EmulatedService, VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { arrivals, type BroadcastSite, createBroadcastSite } from '../../kit/broadcast-site.ts'

const SERVICES = ['fcm', 'apns', 'webpush'] as const

let site: BroadcastSite
afterEach(() => site[Symbol.asyncDispose]())

/** A device got the message once, and once more for each answer that never came back. */
function expectDoublesForLostAnswers(devices: Iterable<VirtualDevice>, losing: ReadonlySet<string>): void {
  const lost = new Map<string, number>()
  for (const { service, target, address = '', fault = '' } of site.emulator.requests.recent()) {
    if (!losing.has(fault)) continue
    const key = service === 'webpush' ? target : address
    lost.set(key, (lost.get(key) ?? 0) + 1)
  }
  expect(lost.size).toBeGreaterThan(0)
  for (const { address, subscription, inbox } of devices) {
    const told = lost.get(subscription === undefined ? address : new URL(subscription.endpoint).pathname) ?? 0
    expect({ address, arrived: inbox.length }).toEqual({ address, arrived: 1 + told })
  }
}

test('30 % of the streams are reset, half of them after the message was taken', async () => {
  site = await createBroadcastSite()
  const fleet = await site.addFleet({ fcm: 2_000, apns: 300, webpush: 100 })
  const losing = new Set<string>()
  for (const service of SERVICES) {
    const rule = { service, share: 0.15 }
    losing.add(site.emulator.faults.add({ ...rule, effect: { kind: 'stream-reset', delivers: true } }).id)
    site.emulator.faults.add({ ...rule, effect: { kind: 'stream-reset' } })
  }
  const core = await site.openWorker()
  const id = await site.publish(core)
  await site.expectSettled(core, id, { accepted: 2_400 })
  expectDoublesForLostAnswers(fleet.values(), losing)
}, 120_000)

test('30 % of the connections are reset, each with one message on its way', async () => {
  site = await createBroadcastSite({ emulator: { fcm: { maxStreams: 1 }, apns: { maxStreams: 1 } } })
  const fleet = await site.addFleet({ fcm: 250, apns: 50 })
  const losing = new Set<string>()
  for (const service of ['fcm', 'apns'] satisfies EmulatedService[]) {
    losing.add(site.emulator.faults.add({ service, share: 0.15, effect: { kind: 'reset', delivers: true } }).id)
    site.emulator.faults.add({ service, share: 0.18, effect: { kind: 'reset' } })
  }
  const core = await site.openWorker()
  const id = await site.publish(core)
  await site.expectSettled(core, id, { accepted: 300 })
  expectDoublesForLostAnswers(fleet.values(), losing)
}, 120_000)

test('a GOAWAY every 500 streams: what it leaves unprocessed goes again, and nothing twice', async () => {
  site = await createBroadcastSite()
  const size = { fcm: 3_000, apns: 1_200, webpush: 0 }
  const fleet = await site.addFleet(size)
  for (const service of SERVICES) {
    // A rule does not see what an earlier one has struck.
    for (let n = 1; n * 500 <= size[service]; n++) {
      site.emulator.faults.add({ service, after: n * 500 - n, times: 1, effect: { kind: 'goaway' } })
    }
  }
  const core = await site.openWorker()
  const id = await site.publish(core)
  await site.expectSettled(core, id, { accepted: 4_200 })
  expect(site.emulator.faults.list().map(({ struck }) => struck)).toEqual(Array.from({ length: 8 }, () => 1))
  expect(arrivals(fleet.values())).toEqual({ 1: 4_200 })
  // Sent again by the connection itself: for the ledger it was one attempt.
  expect((await site.results(id)).every(({ attempts }) => attempts === 1)).toBe(true)
}, 120_000)
