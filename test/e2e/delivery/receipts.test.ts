// The tokens that go out with messages that ask for receipts: one for each message and device, the same on every repeat.
import { afterEach, expect, test } from 'vitest'
import { createReceiptTokens } from '../../../src/model/receipt-token.ts'
import { createEngineKit, type EngineKit, type ScriptedPush, scriptedPush } from '../../kit/engine.ts'

const tokens = createReceiptTokens('a-secret-for-tests-of-32-characters!')
const ASKING = { data: { n: '1' }, receipts: true }

let kit: EngineKit
let push: ScriptedPush
afterEach(() => kit[Symbol.asyncDispose]())

async function start(input: { readonly signs: boolean }): Promise<string[]> {
  push = scriptedPush('fcm')
  kit = await createEngineKit({ push, ...(input.signs && { receiptTokens: tokens }) })
  const devices = await kit.addDevices(3)
  await kit.startWorker()
  return devices
}

test('each message and device has a token of its own, which says whose it is', async () => {
  const devices = await start({ signs: true })
  const ids = [...(await kit.submit(devices, ASKING)), ...(await kit.submit(devices, ASKING))]
  await kit.outcomes(ids)
  const sent = push.sends.map(({ receipt }) => receipt ?? '')
  expect(new Set(sent).size).toBe(6)
  const subjects = sent.map((receipt) => tokens.read('default', receipt))
  expect(subjects.map((subject) => subject?.messageId).sort()).toEqual([...ids].sort())
  expect(new Set(subjects.map((subject) => subject?.device)).size).toBe(3)
})

test('a repeat carries the same token', async () => {
  const [device = ''] = await start({ signs: true })
  push.answer = () =>
    push.sends.length < 4
      ? { kind: 'deferred', reason: 'busy', scope: 'device' }
      : { kind: 'accepted', providerId: 'p' }
  expect(await kit.outcomes(await kit.submit([device], ASKING))).toEqual(['accepted'])
  expect(push.sends).toHaveLength(4)
  expect(new Set(push.sends.map(({ receipt }) => receipt)).size).toBe(1)
})

test('a message that asks for none has none', async () => {
  const devices = await start({ signs: true })
  await kit.outcomes(await kit.submit(devices))
  expect(push.sends.map(({ receipt }) => receipt)).toEqual([undefined, undefined, undefined])
})

test('a worker without the secret sends all the same, and nothing of a token', async () => {
  const devices = await start({ signs: false })
  expect(await kit.outcomes(await kit.submit(devices, ASKING))).toEqual(['accepted', 'accepted', 'accepted'])
  for (const { receipt, content } of push.sends) expect([receipt, content.receipts]).toEqual([undefined, false])
})
