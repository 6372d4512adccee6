import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createEmulator,
  type DeviceInput,
  type Emulator,
  type VirtualDevice,
} from '../../../src/emulator/create-emulator.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'
import { open, providerToken, send } from './apns-client.ts'

let emulator: Emulator
let clock: ShiftedClock

beforeEach(async () => {
  clock = createShiftedClock()
  emulator = await createEmulator({ clock })
})
afterEach(() => emulator.close())

/** One notification on a connection of its own. */
async function post(to: string, headers: Record<string, string> = {}, payload: object = { aps: {} }, sandbox = false) {
  const session = await open(emulator, {}, sandbox)
  const token = providerToken(emulator, { iat: Math.floor(clock.now() / 1000) })
  try {
    return await send(emulator, session, { to, token, headers, body: JSON.stringify(payload) })
  } finally {
    session.destroy()
  }
}
const create = (input: DeviceInput = {}) => emulator.devices.create({ service: 'apns', ...input })
const hex = (name: string) => Buffer.from(name).toString('hex')
/** In seconds, as apns-expiration has it. */
const inSeconds = (seconds: number) => String(Math.floor(clock.now() / 1000) + seconds)

describe('An APNs device', () => {
  it('has a device token and an environment', () => {
    expect(create()).toMatchObject({ address: expect.stringMatching(/^[0-9a-f]{64}$/), environment: 'production' })
    expect(create({ environment: 'sandbox' }).environment).toBe('sandbox')
    expect(emulator.devices.create().environment).toBeUndefined()
  })

  it.each<[string, object]>([
    ['a token that is not hexadecimal', { service: 'apns', address: 'my-phone' }],
    ['a token in upper case', { service: 'apns', address: 'ABCD' }],
    ['an environment that is none', { service: 'apns', environment: 'staging' }],
    ['an environment for FCM', { service: 'fcm', environment: 'sandbox' }],
    ['a kind', { service: 'apns', kind: 'token' }],
  ])('cannot be created with %s', (_case, input) => {
    expect(() => emulator.devices.create(input)).toThrow(expect.objectContaining({ code: 'EMULATOR_INPUT' }))
  })

  it('that is unregistered says since when', async () => {
    const phone = create()
    clock.advance(5000)
    const before = clock.now()
    phone.state = 'unregistered'
    const after = clock.now()
    clock.advance(60_000)
    const { status, json } = await post(phone.address)
    expect([status, json.reason]).toEqual([410, 'Unregistered'])
    expect(json.timestamp).toBeGreaterThanOrEqual(before)
    expect(json.timestamp).toBeLessThanOrEqual(after)
  })

  it.each([
    ['unregistered-a', 410, 'Unregistered'],
    ['mismatch-a', 400, 'DeviceTokenNotForTopic'],
    ['throttled-a', 429, 'TooManyRequests'],
    ['quota-a', 429, 'TooManyRequests'],
    ['toobig-a', 413, 'PayloadTooLarge'],
  ])('whose token is the hexadecimal of %s is answered %i %s', async (name, status, reason) => {
    const answer = await post(hex(name))
    expect([answer.status, answer.json.reason]).toEqual([status, reason])
  })

  it('whose token is the hexadecimal of flaky2-a is answered twice 503, then takes it', async () => {
    const statuses = [await post(hex('flaky2-a')), await post(hex('flaky2-a')), await post(hex('flaky2-a'))]
    expect(statuses.map(({ status }) => status)).toEqual([503, 503, 200])
    expect(emulator.requests.counts().apns).toEqual({ flaky: 2, accepted: 1 })
    expect(emulator.devices.get(hex('flaky2-a'))?.inbox).toHaveLength(1)
  })
})

describe('While an APNs device is offline', () => {
  let phone: VirtualDevice
  beforeEach(() => {
    phone = create({ state: 'offline' })
  })
  const take = async (n: number, headers: Record<string, string> = {}) =>
    expect((await post(phone.address, headers, { aps: {}, n: String(n) })).status).toBe(200)
  function arrivesNow(): number[] {
    phone.state = 'active'
    return phone.inbox.map(({ data }) => Number(data.n))
  }

  it('only the newest notification waits', async () => {
    await take(1)
    await take(2)
    expect(phone).toMatchObject({ waiting: 1, dropped: 1 })
    expect(arrivesNow()).toEqual([2])
  })

  it('the newest of each collapse id waits beside it', async () => {
    await take(1, { 'apns-collapse-id': 'a' })
    await take(2)
    await take(3, { 'apns-collapse-id': 'b' })
    await take(4, { 'apns-collapse-id': 'a' })
    expect(arrivesNow()).toEqual([2, 3, 4])
  })

  it('a notification that expires at 0 or in the past is gone', async () => {
    await take(1, { 'apns-expiration': '0' })
    await take(2, { 'apns-expiration': inSeconds(-5) })
    expect(phone.waiting).toBe(0)
  })

  it('a notification waits until it expires', async () => {
    await take(1, { 'apns-expiration': inSeconds(60) })
    clock.advance(55_000)
    expect(phone.waiting).toBe(1)
    clock.advance(6_000)
    expect(arrivesNow()).toEqual([])
  })

  it('a notification without expiration waits for 30 days', async () => {
    await take(1)
    clock.advance(29 * 86_400_000)
    expect(phone.waiting).toBe(1)
    clock.advance(2 * 86_400_000)
    expect(phone.waiting).toBe(0)
  })
})

it('An idle APNs device gets what has the priority 10, and the rest when it is active', async () => {
  const phone = create({ state: 'idle' })
  await post(phone.address, { 'apns-priority': '5' }, { aps: {}, n: '1' })
  await post(phone.address, {}, { aps: {}, n: '2' })
  expect(phone.inbox.map(({ data }) => data.n)).toEqual(['2'])
  phone.state = 'active'
  expect(phone.inbox.map(({ data }) => data.n)).toEqual(['2', '1'])
})

describe('The handshake of an APNs device', () => {
  it.each(['production', 'sandbox'] as const)(
    'names its environment, %s, to the JSON door and confirms',
    async (environment) => {
      const phone = create({ environment })
      const bodies: unknown[] = []
      const server = createServer(async (request, response) => {
        const body = JSON.parse((await request.toArray()).join(''))
        bodies.push({ url: request.url, ...body })
        const isRegistration = request.url === '/v1/apps/shop/registrations'
        response.writeHead(isRegistration ? 202 : 200).end(isRegistration ? '{}' : '{"deviceKey":"key-1"}')
        const payload = { aps: { 'content-available': 1 }, confirmationToken: 's3cret' }
        const headers = { 'apns-push-type': 'background', 'apns-priority': '5' }
        if (isRegistration) await post(phone.address, headers, payload, environment === 'sandbox')
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.on('listening', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const result = await phone.handshake({ url, deviceId: 'id-12345', app: 'shop' })
      expect(bodies).toEqual([
        {
          url: '/v1/apps/shop/registrations',
          deviceId: 'id-12345',
          transport: 'apns',
          address: `${environment}:${phone.address}`,
        },
        { url: '/v1/apps/shop/confirmations', deviceId: 'id-12345', confirmationToken: 's3cret' },
      ])
      expect(result).toMatchObject({ status: 'confirmed', address: phone.address, deviceKey: 'key-1' })
      server.close()
    },
  )
})
