// The handshake on APNs, through the JSON door: a background push first, and an alert where that is not confirmed.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import type { ApnsOptions } from '../../../src/app/options/apns-options.ts'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createServer, type HttpServer } from '../../../src/http/server.ts'
import { type CoreKit, createCoreKit } from '../../kit/core.ts'

const DEVICE_ID = 'device-on-apns'

let kit: CoreKit
let core: Core
let server: HttpServer
beforeEach(async () => {
  kit = await createCoreKit()
  await kit.core.close(5_000)
})
afterEach(async () => {
  await server.close(5_000)
  await kit[Symbol.asyncDispose]()
})

async function serve(options: ApnsOptions = {}): Promise<void> {
  const { credentials, services, ca } = kit.emulator
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05, outageSeconds: 0.01 }
  const apns = { key, keyId, teamId, topic, ...services.apns, ca, ...repeats, ...options }
  core = await kit.open({ options: { apps: { default: { apns } } } })
  server = await createServer(core, { host: '127.0.0.1', port: 0 })
}

const handshake = (phone: VirtualDevice) => phone.handshake({ url: server.url, deviceId: DEVICE_ID, timeoutMs: 20_000 })

async function outcomeOf(data: Record<string, string>) {
  const { id } = await core.messages.submit({ app: 'default', deviceId: DEVICE_ID, content: { data } })
  return (await core.messages.settled(id, { timeout: 20_000 })).single
}

test('a device confirms by a background push that nobody sees, and a message then reaches it', async () => {
  await serve()
  const phone = kit.emulator.devices.create({ service: 'apns' })
  const { message } = await handshake(phone)
  expect(message).toMatchObject({ pushType: 'background', priority: 5, payload: { aps: { 'content-available': 1 } } })
  expect(await outcomeOf({ n: '1' })).toMatchObject({ outcome: 'accepted' })
  expect(phone.inbox.at(-1)?.data).toEqual({ n: '1' })
})

test('a device that gets no background push confirms by the alert that follows', async () => {
  await serve({ confirmationFollowUpSeconds: 0.2, confirmationText: 'One moment' })
  // Background pushes wait on it; an alert of high priority does not.
  const phone = kit.emulator.devices.create({ service: 'apns', state: 'idle' })
  const { message } = await handshake(phone)
  expect(message).toMatchObject({
    pushType: 'alert',
    priority: 10,
    payload: { aps: { alert: { body: 'One moment' } } },
  })
  expect(phone.waiting).toBe(1)
  // The background push comes late; its secret does no harm.
  phone.state = 'active'
  expect(await outcomeOf({ n: '1' })).toMatchObject({ outcome: 'accepted' })
})

test('an address is kept in lower case, and one that is no device token is refused', async () => {
  await serve()
  const register = (address: string) =>
    core.devices.register({
      app: 'default',
      deviceId: DEVICE_ID,
      address: { transport: 'apns', value: address },
      client: '192.0.2.1',
      door: 'json',
    })
  await expect(register('no hexadecimal, and long enough')).rejects.toMatchObject({
    code: 'PUSH_REGISTRATION_INVALID',
    detail: expect.stringContaining('device token in hexadecimal'),
  })
  const phone = kit.emulator.devices.create({ service: 'apns', environment: 'sandbox' })
  await register(`sandbox:${phone.address.toUpperCase()}`)
  expect(await phone.nextMessage()).toMatchObject({ data: { confirmationToken: expect.stringMatching(/./) } })
})

test('APNs that is out for a while loses no message', async () => {
  await serve()
  const phone = kit.emulator.devices.create({ service: 'apns' })
  await handshake(phone)
  for (const code of ['InternalServerError', 'ServiceUnavailable'] as const) {
    kit.emulator.faults.add({ service: 'apns', times: 1, effect: { kind: 'error', code } })
  }
  expect(await outcomeOf({ n: '1' })).toMatchObject({ outcome: 'accepted' })
  expect(phone.inbox.filter(({ data }) => data.n === '1')).toHaveLength(1)
})
