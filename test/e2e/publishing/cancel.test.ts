// Cancelling: what has not left does not leave.
import { afterEach, expect, test } from 'vitest'
import { type CoreKit, type CoreOptions, createCoreKit } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { query } from '../../kit/query.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())

async function begin(count: number, options?: CoreOptions) {
  kit = await createCoreKit(options)
  return await manyDevices(kit, count)
}

const everyone = { app: 'default', audience: { everyone: true }, content: { data: { news: 'spring' } } } as const

test('what no worker has begun yet ends as cancelled, or was never looked for', async () => {
  const devices = await begin(20, { options: { workers: false } })
  const { id } = await kit.core.messages.publish(everyone)
  expect((await kit.core.messages.cancel('default', id)).state).toBe('cancelled')
  await kit.open({ options: { workers: true } })
  expect(await kit.core.messages.settled(id, { timeout: 30_000 })).toMatchObject({ audienceSize: 0 })
  expect([...devices.values()].every(({ inbox }) => inbox.length === 0)).toBe(true)
})

test('in the middle: every device either got it or is cancelled, and nothing leaves afterwards', async () => {
  const devices = await begin(400)
  kit.emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: 20 } })
  const { id } = await kit.core.messages.publish(everyone)
  await kit.emulator.requests.next({ timeoutMs: 20_000 })
  await kit.core.messages.cancel('default', id)
  const { counts, audienceSize } = await kit.core.messages.settled(id, { timeout: 30_000 })
  expect(audienceSize).toBe(400)
  expect(counts.accepted + counts.cancelled).toBe(400)
  expect(counts.cancelled).toBeGreaterThan(0)
  const got = [...devices.values()].filter(({ inbox }) => inbox.length > 0)
  expect(got).toHaveLength(counts.accepted)
  const reasons = await query(kit.url, `SELECT DISTINCT reason FROM sendword.delivery WHERE outcome = 'cancelled'`)
  expect(reasons).toEqual([{ reason: 'Cancelled' }])
})

test('a single message that waits is cancelled too', async () => {
  await begin(1, { options: { workers: false } })
  const message = { app: 'default', deviceId: 'device-00000', content: { data: { a: 'b' } } }
  const { id } = await kit.core.messages.submit(message)
  await kit.core.messages.cancel('default', id)
  await kit.open({ options: { workers: true } })
  const { single } = await kit.core.messages.settled(id, { timeout: 30_000 })
  expect(single).toMatchObject({ outcome: 'cancelled', reason: 'Cancelled', attempts: 0 })
})

test('a message that is over stays as it is; one that is not there cannot be cancelled', async () => {
  await begin(2)
  const { id } = await kit.core.messages.publish(everyone)
  await kit.core.messages.settled(id, { timeout: 30_000 })
  expect((await kit.core.messages.cancel('default', id)).state).toBe('settled')
  const unknown = kit.core.messages.cancel('default', '01890000-0000-7000-8000-000000000000')
  await expect(unknown).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
})
