import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'
import { newVapidKeys, push } from './webpush-client.ts'

let emulator: Emulator
let clock: ShiftedClock

beforeEach(async () => {
  clock = createShiftedClock()
  emulator = await createEmulator({ clock })
})
afterEach(() => emulator.close())

const create = (address?: string) => emulator.devices.create({ service: 'webpush', address })
const send = (to: VirtualDevice, text: string, headers: Record<string, string> = {}) =>
  push(emulator, to, { text, headers })

describe('A Web Push device', () => {
  it('has a subscription as a browser gives it, and an address made of it', () => {
    const device = create()
    const { endpoint, keys } = device.subscription ?? expect.fail('there is no subscription')
    expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/wpush\/v2\/gAAAAA[\w-]{120}$/)
    expect(Buffer.from(keys.p256dh, 'base64url')).toHaveLength(65)
    expect(Buffer.from(keys.auth, 'base64url')).toHaveLength(16)
    expect(device.address).toBe(`{"endpoint":"${endpoint}","p256dh":"${keys.p256dh}","auth":"${keys.auth}"}`)
    for (const name of [device.id, device.address, endpoint]) expect(emulator.devices.get(name)).toBe(device)
    emulator.devices.remove(endpoint)
    expect(emulator.devices.get(device.address)).toBeUndefined()
  })

  it('is made and shown by the control API', async () => {
    const { publicKey } = newVapidKeys()
    const response = await fetch(`${emulator.url}/devices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'webpush', address: 'my-browser', applicationServerKey: publicKey }),
    })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({
      service: 'webpush',
      subscription: {
        endpoint: `${emulator.services.webpush.url}/wpush/v2/my-browser`,
        expirationTime: null,
        keys: { p256dh: expect.any(String), auth: expect.any(String) },
      },
    })
  })

  it.each([
    ['an address that no endpoint ends with', { service: 'webpush', address: 'a/b' }],
    ['a key that is no point', { service: 'webpush', applicationServerKey: 'abc' }],
    ['a key for another service', { service: 'fcm', applicationServerKey: `B${'A'.repeat(86)}` }],
    ['a kind', { service: 'webpush', kind: 'token' }],
    ['a service that is none', { service: 'other' }],
  ])('cannot be created with %s', (_case, input) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.devices.create(input)).toThrow(expect.objectContaining({ code: 'EMULATOR_INPUT' }))
  })

  it.each([
    ['unregistered', 410, 106],
    ['mismatch', 401, 109],
    ['throttled', 429, null],
  ] as const)('that is %s says so', async (state, code, errno) => {
    const device = create()
    device.state = state
    const { status, json } = await send(device, 'hi')
    expect([status, json.errno]).toEqual([code, errno])
  })

  it.each([
    ['unregistered-a', [410]],
    ['toobig-a', [413]],
    ['quota-a', [429]],
    ['flaky2-a', [503, 503, 201]],
  ])('is treated as its name %s says', async (name, statuses) => {
    const answered: number[] = []
    const device = create(name)
    for (const _ of statuses) answered.push((await send(device, 'hi')).status)
    expect(answered).toEqual(statuses)
  })

  it('is there by its name alone', async () => {
    const endpoint = `${emulator.services.webpush.url}/wpush/v2/offline-x`
    expect((await push(emulator, create(), { endpoint, text: 'hi' })).status).toBe(201)
    expect(emulator.devices.get('offline-x')).toMatchObject({ service: 'webpush', state: 'offline' })
  })
})

describe('While a Web Push device cannot be reached', () => {
  let device: VirtualDevice
  beforeEach(() => {
    device = create()
    device.state = 'offline'
  })
  function arrivesNow(): (string | undefined)[] {
    device.state = 'active'
    return device.inbox.map(({ plaintext }) => plaintext)
  }

  it('messages wait; one with a topic replaces an older one with it', async () => {
    await send(device, '1', { topic: 'a' })
    await send(device, '2')
    await send(device, '3', { topic: 'a' })
    await send(device, '4', { topic: 'b' })
    expect(device.waiting).toBe(3)
    expect(arrivesNow()).toEqual(['2', '3', '4'])
  })

  it('a message waits as long as its TTL, and one with TTL 0 not at all', async () => {
    await send(device, '1', { ttl: '10' })
    await send(device, '2', { ttl: '60' })
    expect((await send(device, '3', { ttl: '0' })).status).toBe(201)
    expect(device.waiting).toBe(2)
    clock.advance(11_000)
    expect(arrivesNow()).toEqual(['2'])
  })

  it('only what is urgent reaches it when it is idle', async () => {
    device.state = 'idle'
    await send(device, '1', { urgency: 'normal' })
    await send(device, '2', { urgency: 'high' })
    expect(device.inbox.map(({ plaintext }) => plaintext)).toEqual(['2'])
    expect(arrivesNow()).toEqual(['2', '1'])
  })
})

it('The handshake of a Web Push device goes through the JSON door', async () => {
  const device = create()
  const calls: unknown[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const isRegistration = request.url?.endsWith('/registrations')
    calls.push(JSON.parse(text))
    response.statusCode = isRegistration ? 202 : 200
    response.end(isRegistration ? '{"state":"pending"}' : '{"deviceKey":"a-key"}')
    if (isRegistration) await send(device, '{"data":{},"confirmationToken":"the-secret"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    expect(await device.handshake({ url, deviceId: 'device-1' })).toMatchObject({
      address: device.address,
      deviceKey: 'a-key',
      message: { data: { confirmationToken: 'the-secret' } },
    })
  } finally {
    server.close()
    server.closeAllConnections()
  }
  expect(calls).toEqual([
    { deviceId: 'device-1', transport: 'webpush', address: device.address },
    { deviceId: 'device-1', confirmationToken: 'the-secret' },
  ])
})
