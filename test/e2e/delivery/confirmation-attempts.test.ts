// Which push of a registration a transport is asked for, and the second one that follows where nobody confirms.
import { afterEach, expect, test } from 'vitest'
import type { Transport } from '../../../src/model/transport.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { eventually } from '../../kit/query.ts'

const ADDRESS = 'address-of-the-device-in-question'

let kit: EngineKit
afterEach(() => kit[Symbol.asyncDispose]())
const begin = async (own: Partial<Transport> = {}) => {
  kit = await createEngineKit({ push: scriptedPush('fcm', own) })
  await kit.startWorker()
}
const attempts = () => kit.push.sends.map(({ content }) => content.data.attempt)
const sent = (count: number) =>
  eventually(
    async () => kit.push.sends,
    ({ length }) => length >= count,
  )
const jobs = async () => {
  const [row] = await kit.database.execute<{ count: number }>('SELECT count(*)::int AS count FROM sendword_queue.job')
  return row?.count ?? 0
}
const queueIsEmpty = () => eventually(jobs, (count) => count === 0)

test('a push that was accepted is followed by one more, once, and the secrets of both are good', async () => {
  await begin({ confirmationFollowUpMs: 50 })
  await kit.register('device-0001', ADDRESS)
  await sent(2)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1', '2'])
  await kit.confirm('device-0001', kit.push.sends[0]?.content.data.confirmationToken)
  expect(await kit.view('device-0001')).toMatchObject({ state: 'active', failed: false })
})

test('the secret of the follow-up is good', async () => {
  await begin({ confirmationFollowUpMs: 50 })
  await kit.register('device-0001', ADDRESS)
  await sent(2)
  await kit.confirm('device-0001', kit.push.sends[1]?.content.data.confirmationToken)
  expect(await kit.view('device-0001')).toMatchObject({ state: 'active', failed: false })
})

test('nothing follows once the registration is confirmed', async () => {
  await begin({ confirmationFollowUpMs: 1_000 })
  await kit.confirmed('device-0001', ADDRESS)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1'])
})

test('nothing follows where the transport asks for nothing', async () => {
  await begin()
  await kit.register('device-0001', ADDRESS)
  await sent(1)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1'])
})

test('the same address again is the next attempt, and takes the place of the follow-up', async () => {
  await begin({ confirmationFollowUpMs: 1_000 })
  await kit.register('device-0001', ADDRESS)
  await sent(1)
  await kit.register('device-0001', ADDRESS)
  await sent(2)
  await kit.register('device-0001', ADDRESS)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1', '2', '3'])
})

test('a push that is repeated for want of an answer stays the attempt it was, and so does a follow-up', async () => {
  await begin({ confirmationFollowUpMs: 20 })
  kit.push.answer = () =>
    kit.push.sends.length % 2 === 1
      ? { kind: 'deferred', scope: 'device', reason: 'Busy' }
      : { kind: 'accepted', providerId: 'p' }
  await kit.register('device-0001', ADDRESS)
  await sent(4)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1', '1', '2', '2'])
})

test('a follow-up outlives the worker that asked for it', async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm', { confirmationFollowUpMs: 400 }) })
  const first = await kit.startWorker()
  await kit.register('device-0001', ADDRESS)
  await sent(1)
  await first.stop(5_000)
  expect(await jobs()).toBe(1)
  await kit.startWorker()
  await sent(2)
  await queueIsEmpty()
  expect(attempts()).toEqual(['1', '2'])
})

test('a send says since when its address is registered', async () => {
  await begin()
  const before = Date.now()
  await kit.confirmed('device-0001', ADDRESS)
  await kit.outcomes(await kit.submit(['device-0001']))
  const [confirmation, message] = kit.push.sends
  const view = await kit.view('device-0001')
  expect(confirmation?.addressSince).toBeGreaterThanOrEqual(before)
  expect(message?.addressSince).toBe(view?.lastSeenAt.getTime())
})
