// A device on FCM from its handshake on, and a credential that dies and comes back in the middle of a run.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import type { MessageContent } from '../../../src/model/message.ts'
import { type CoreKit, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'

const DEVICE_ID = 'device-on-fcm'

let kit: CoreKit
let core: Core
let phone: VirtualDevice
beforeEach(async () => {
  kit = await createCoreKit()
  await kit.core.close(5_000)
  const { emulator } = kit
  const { serviceAccount } = emulator.credentials.fcm
  const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
  const fcm = { ...emulator.services.fcm, serviceAccount: { ...serviceAccount }, ca: emulator.ca, ...repeats }
  core = await kit.open({ options: { apps: { default: { c2dm: emulatedC2dm(emulator), fcm } } } })
  phone = emulator.devices.create({ service: 'fcm', kind: 'fid' })
  await core.devices.register({
    app: 'default',
    deviceId: DEVICE_ID,
    address: { transport: 'fcm', value: phone.address },
    client: '192.0.2.1',
    door: 'json',
  })
  const { data } = await phone.nextMessage({ where: (message) => 'confirmationToken' in message.data })
  const confirmationToken = data.confirmationToken ?? ''
  await core.devices.confirm({ app: 'default', deviceId: DEVICE_ID, confirmationToken, door: 'json' })
})
afterEach(() => kit[Symbol.asyncDispose]())

async function submit(content: Partial<MessageContent>, ttl?: number): Promise<string> {
  const { id } = await core.messages.submit({
    app: 'default',
    deviceId: DEVICE_ID,
    content: { data: {}, ...content },
    ttl,
  })
  return id
}

const outcomeOf = async (id: string) => (await core.messages.settled(id, { timeout: 25_000 })).single?.outcome
const arrived = () => phone.inbox.flatMap(({ data }) => data.n ?? [])

test('a message arrives with its notification, its priority and what is left of its life', async () => {
  const notification = { title: 'Parcel', body: 'It is here' }
  const id = await submit({ data: { n: '1' }, notification, urgency: 'high', collapseKey: 'parcel' }, 3600)
  expect(await outcomeOf(id)).toBe('accepted')
  const push = phone.inbox.at(-1)
  expect(push).toMatchObject({ data: { n: '1' }, notification, collapseKey: 'parcel', android: { priority: 'HIGH' } })
  const seconds = Number(/^(\d+)s$/.exec(String(push?.android?.ttl))?.[1])
  expect(seconds).toBeGreaterThan(3500)
  expect(seconds).toBeLessThanOrEqual(3600)
})

test('a message with all that a notification can say, and an override, is one that FCM takes', async () => {
  const notification = {
    title: 'Parcel',
    image: 'https://pics.example/1.png',
    actions: [{ id: 'track', title: 'Track' }],
    badge: 3,
    sound: 'bell',
    url: 'https://shop.example/42',
  }
  const overrides = { fcm: { android: { notification: { ticker: 'Parcel' } }, fcm_options: { analytics_label: 'a' } } }
  const id = await submit({ data: { n: '1' }, notification, collapseKey: 'a b', urgency: 'high', overrides })
  expect(await outcomeOf(id)).toBe('accepted')
  expect(phone.inbox.at(-1)).toMatchObject({
    data: { n: '1', url: 'https://shop.example/42' },
    android: { notification: { sound: 'bell', notificationCount: 3, ticker: 'Parcel' } },
  })
})

test('the preview shows the body that FCM gets, byte for byte', async () => {
  const content = {
    data: { n: 'é', longer: 'x', éa: '1', abc: '2', Z: '3', a: '4' },
    notification: { title: 'T', url: 'https://shop.example/' },
    collapseKey: 'a b',
    overrides: {
      fcm: { android: { restricted_package_name: 'p', bandwidth_constrained_ok: true, direct_boot_ok: true } },
    },
  }
  const [shown] = core.messages.preview({ app: 'default', content, ttl: 0, transports: ['fcm'] })
  await core.messages.settled(await submit(content, 0), { timeout: 25_000 })
  const sent = kit.emulator.requests.recent().findLast(({ service }) => service === 'fcm')
  expect(sent?.body).toBe(shown?.body.replace('"token":"{address}"', `"fid":"${phone.address}"`))
  expect(sent?.headers).toMatchObject({ ...shown?.headers, authorization: expect.stringMatching(/^Bearer /) })
})

test('a message that is only to be validated does not arrive, and says so in the ledger', async () => {
  const id = await submit({ data: { n: '1' }, validateOnly: true })
  const { single } = await core.messages.settled(id, { timeout: 25_000 })
  expect(single).toMatchObject({ outcome: 'accepted', reason: 'ValidatedOnly', attempts: 1 })
  expect(arrived()).toEqual([])
  phone.state = 'unregistered'
  const { single: second } = await core.messages.settled(await submit({ data: { n: '2' }, validateOnly: true }))
  expect(second).toMatchObject({ outcome: 'unregistered', reason: 'UNREGISTERED' })
})

test('a message that is tried once is for now or never', async () => {
  expect(await outcomeOf(await submit({ data: { n: '1' } }, 0))).toBe('accepted')
  expect(phone.inbox.at(-1)?.android).toMatchObject({ ttl: '0s' })
})

test('a message that FCM would refuse is not accepted', async () => {
  await expect(submit({ data: { from: 'x' } })).rejects.toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  await expect(submit({ data: { n: 'x'.repeat(4096) } })).rejects.toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
})

test('a credential that expires, is revoked and is restored while messages flow loses none', async () => {
  const ids: string[] = []
  const some = async (count: number) => {
    for (let i = 0; i < count; i++) ids.push(await submit({ data: { n: String(ids.length) } }))
  }
  await some(30)
  kit.emulator.expireTokens('fcm')
  await some(30)
  kit.emulator.faults.add({ service: 'google-oauth', effect: { kind: 'error', code: 'invalid_grant' } })
  kit.emulator.expireTokens('fcm')
  await some(30)
  await eventually(
    () => core.pauses.list('default'),
    (holds) => holds.some(({ kind, transport }) => kind === 'unauthorized' && transport === 'fcm'),
  )
  await some(10)
  kit.emulator.faults.clear()
  await core.pauses.resume('default', 'fcm')
  for (const id of ids) expect(await outcomeOf(id)).toBe('accepted')
  expect(arrived().sort()).toEqual(ids.map((_, i) => String(i)).sort())
})
