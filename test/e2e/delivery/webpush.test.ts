// A browser on Web Push from its handshake on, through the JSON API, with the key pair that is made at first use.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SendwordOptions } from '../../../src/app/options/sendword-options.ts'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createApi } from '../../../src/http/api/create-api.ts'
import { type CoreKit, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { eventually, query } from '../../kit/query.ts'

const DEVICE_ID = 'device-on-webpush'

let kit: CoreKit
let core: CoreKit['core']
let browser: VirtualDevice
let options: SendwordOptions
beforeEach(async () => {
  kit = await createCoreKit()
  await kit.core.close(5_000)
  const { emulator } = kit
  const { host, hostname } = new URL(emulator.services.webpush.url)
  const webpush = { allowedHosts: [host], allowPrivateAddresses: [hostname], ca: emulator.ca, retryBaseSeconds: 0.01 }
  options = { apps: { default: { c2dm: emulatedC2dm(emulator), webpush } } }
  core = await kit.open({ options })
})
afterEach(() => kit[Symbol.asyncDispose]())

const call = (path: string, body?: unknown) =>
  createApi(core).fetch(
    new Request(`http://localhost/v1/apps/default/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    }),
  )

async function publicKey(): Promise<string> {
  const { publicKey: key } = (await (await call('webpush/key')).json()) as { publicKey: string }
  return key
}

async function register(): Promise<void> {
  browser = kit.emulator.devices.create({ service: 'webpush', applicationServerKey: await publicKey() })
  const address = browser.subscription
  const answer = await call('registrations', { deviceId: DEVICE_ID, transport: 'webpush', address })
  expect(answer.status).toBe(202)
  const { plaintext } = await browser.nextMessage()
  const { confirmationToken } = JSON.parse(plaintext ?? '') as { confirmationToken: string }
  const confirmed = await call('confirmations', { deviceId: DEVICE_ID, confirmationToken })
  expect(confirmed.status).toBe(200)
}

test('a subscription is confirmed, and a message arrives encrypted for it', async () => {
  await register()
  expect(browser.inbox.at(-1)).toMatchObject({ urgency: 'high' })
  const { id } = await core.messages.submit({
    app: 'default',
    deviceId: DEVICE_ID,
    content: {
      data: { order: '42' },
      notification: { title: 'Parcel', url: 'https://shop.example/orders/42' },
      collapseKey: 'parcel',
      urgency: 'normal',
    },
  })
  expect((await core.messages.settled(id, { timeout: 25_000 })).single?.outcome).toBe('accepted')
  const message = browser.inbox.at(-1)
  expect(message).toMatchObject({ urgency: 'normal', collapseKey: 'parcel' })
  expect(JSON.parse(message?.plaintext ?? '')).toEqual({
    web_push: 8030,
    notification: { title: 'Parcel', navigate: 'https://shop.example/orders/42' },
    mutable: true,
    data: { order: '42' },
  })
})

test('the key can be cached, needs no API key, and is the same in another process', async () => {
  const answer = await call('webpush/key')
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600')
  const { publicKey: key } = (await answer.json()) as { publicKey: string }
  expect(key).toMatch(/^B[\w-]{86}$/)
  core = await kit.open({ options })
  expect(await publicKey()).toBe(key)
})

test('a subscription at a host that is not allowed is refused, and the error names the host alone', async () => {
  browser = kit.emulator.devices.create({ service: 'webpush' })
  const address = { ...browser.subscription, endpoint: 'https://evil.example/secret-path' }
  const answer = await call('registrations', { deviceId: DEVICE_ID, transport: 'webpush', address })
  expect(answer.status).toBe(400)
  const { code, detail } = (await answer.json()) as { code: string; detail: string }
  expect({ code, detail }).toEqual({
    code: 'PUSH_REGISTRATION_INVALID',
    detail: 'The address is at evil.example, which this app does not send to.',
  })
})

test('a browser that gave its subscription up becomes a failed device', async () => {
  await register()
  browser.state = 'unregistered'
  const { id } = await core.messages.submit({ app: 'default', deviceId: DEVICE_ID, content: { data: { n: '1' } } })
  expect((await core.messages.settled(id, { timeout: 25_000 })).single?.outcome).toBe('unregistered')
  expect(await core.devices.view({ app: 'default', deviceId: DEVICE_ID })).toMatchObject({ failed: expect.anything() })
})

test('an endpoint that we refuse ourselves says nothing of the token, and ends no pause', async () => {
  await register()
  const submit = (deviceId: string) =>
    core.messages.submit({ app: 'default', deviceId, content: { data: { n: '1' } }, ttl: 3_600 })
  kit.emulator.faults.add({ service: 'webpush', effect: { kind: 'error', code: 'InvalidAuthentication' } })
  await submit(DEVICE_ID)
  const pauses = () => core.pauses.list('default')
  await eventually(pauses, (holds) => holds.some(({ kind }) => kind === 'unauthorized'))
  const { p256dh, auth } = browser.subscription?.keys ?? {}
  await query(
    kit.url,
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
     VALUES (gen_random_uuid(), 'default', 'stranger', 'webpush', $1, sha256('stranger'), 'active', now(), now())`,
    [JSON.stringify({ endpoint: 'https://evil.example/secret-path', p256dh, auth })],
  )
  const isDue = new Date('2020-01-01T00:00:00Z')
  await query(kit.url, 'UPDATE sendword.hold SET until = $1', [isDue])
  const { id } = await submit('stranger')
  const { single } = await core.messages.settled(id, { timeout: 25_000 })
  expect(single).toMatchObject({ outcome: 'rejected', reason: 'endpoint not allowed' })
  expect(await pauses()).toMatchObject([{ kind: 'unauthorized', transport: 'webpush' }])
})
