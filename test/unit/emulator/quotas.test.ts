import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import * as apns from './apns-client.ts'
import { login, send } from './client.ts'
import { control } from './control-client.ts'
import { accessToken, post } from './fcm-client.ts'
import { push } from './webpush-client.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const device = (service: 'c2dm' | 'fcm' | 'apns' | 'webpush') => emulator.devices.create({ service })

describe('Quotas', () => {
  it('are none at first, are changed service by service, and are as at the start after a reset', async () => {
    const none = { c2dm: {}, fcm: {}, apns: {}, webpush: {} }
    expect((await control(emulator, 'GET', '/quotas')).body).toEqual(none)
    await control(emulator, 'PATCH', '/quotas', { apns: { devicePerMinute: 3 } })
    const { body } = await control(emulator, 'PATCH', '/quotas', { fcm: 'documented' })
    expect(body).toEqual({
      ...none,
      apns: { devicePerMinute: 3 },
      fcm: {
        senderPerMinute: 600_000,
        devicePerMinute: 240,
        devicePerHour: 5000,
        collapsible: { burst: 20, refillMs: 180_000 },
      },
    })
    emulator.reset()
    expect(emulator.quotas.settings).toEqual(none)
  })

  it.each([
    { gcm: {} },
    { apns: { senderPerMinute: 1 } },
    { webpush: 'documented' },
    { c2dm: { collapsible: { burst: 1, refillMs: 1 } } },
    { fcm: { devicePerMinute: 0 } },
    'all',
    undefined,
  ])('cannot be %j', async (quotas) => {
    const { status, body } = await control(emulator, 'PATCH', '/quotas', quotas)
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'EMULATOR_INPUT' })
    // @ts-expect-error: what a caller without types may pass.
    await expect(createEmulator({ quotas: quotas ?? 1 })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
  })

  it('FCM: a device takes so many a minute, and others are not slowed', async () => {
    emulator.quotas.set({ fcm: { devicePerMinute: 2 } })
    const [one, two] = [device('fcm'), device('fcm')]
    const token = await accessToken(emulator)
    const to = (address: string) => post(emulator, token, { message: { token: address, data: {} } })
    expect([(await to(one.address)).status, (await to(one.address)).status]).toEqual([200, 200])
    const { status, headers, json } = await to(one.address)
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(50)
    expect(json.error.details[0].errorCode).toBe('QUOTA_EXCEEDED')
    expect(json.error.details[1].violations[0].subject).toBe('device')
    expect((await to(two.address)).status).toBe(200)
    emulator.clock.advance(60_000)
    expect((await to(one.address)).status).toBe(200)
    expect(one.inbox).toHaveLength(3)
  })

  it('FCM: a project sends so many a minute, refused messages among them; 429 itself does not count', async () => {
    emulator.quotas.set({ fcm: { senderPerMinute: 2 } })
    const phone = device('fcm')
    const token = await accessToken(emulator)
    const to = (address: string) => post(emulator, token, { message: { token: address, data: {} } })
    expect((await to('no token')).status).toBe(400)
    expect((await to(phone.address)).status).toBe(200)
    const { status, json } = await to(phone.address)
    expect({ status, subject: json.error.details[1].violations[0].subject }).toEqual({
      status: 429,
      subject: 'project',
    })
    emulator.clock.advance(60_000)
    expect([(await to(phone.address)).status, (await to(phone.address)).status]).toEqual([200, 200])
  })

  it('FCM: an hour’s quota outlasts a minute’s', async () => {
    emulator.quotas.set({ fcm: { devicePerMinute: 1, devicePerHour: 2 } })
    const phone = device('fcm')
    const send = async () =>
      (await post(emulator, await accessToken(emulator), { message: { token: phone.address, data: {} } })).status
    expect(await send()).toBe(200)
    emulator.clock.advance(60_000)
    expect(await send()).toBe(200)
    emulator.clock.advance(60_000)
    expect(await send()).toBe(429)
    emulator.clock.advance(3_600_000)
    expect(await send()).toBe(200)
  })

  it('FCM: of collapsible messages a burst arrives, further ones wait for the refill; others are not held', async () => {
    emulator.quotas.set({ fcm: { collapsible: { burst: 2, refillMs: 180_000 } } })
    const phone = device('fcm')
    const token = await accessToken(emulator)
    const send = (n: string, android: object) =>
      post(emulator, token, { message: { token: phone.address, data: { n }, android } })
    const arrived = () => phone.inbox.map(({ data }) => data.n)
    for (const n of ['1', '2', '3', '4']) expect((await send(n, { collapse_key: 'k' })).status).toBe(200)
    expect({ arrived: arrived(), waiting: phone.waiting }).toEqual({ arrived: ['1', '2'], waiting: 1 })
    await send('plain', {})
    await send('at once', { collapse_key: 'k2', ttl: '0s' })
    expect(arrived()).toEqual(['1', '2', 'plain', 'at once'])
    emulator.clock.advance(180_000)
    expect((await phone.nextMessage({ after: 4 })).data.n).toBe('4')
    expect(phone.waiting).toBe(0)
  })

  it('APNs: a device token takes so many a minute', async () => {
    emulator.quotas.set({ apns: { devicePerMinute: 1 } })
    const phone = device('apns')
    const session = await apns.open(emulator)
    const token = apns.providerToken(emulator)
    const send = () => apns.send(emulator, session, { to: phone.address, token })
    expect((await send()).status).toBe(200)
    expect(await send()).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' } })
    session.destroy()
  })

  it('Web Push: a subscription takes so many a minute, and says when to come again', async () => {
    emulator.quotas.set({ webpush: { devicePerMinute: 1 } })
    const browser = device('webpush')
    expect((await push(emulator, browser, { text: 'x' })).status).toBe(201)
    emulator.clock.advance(20_000)
    const { status, headers } = await push(emulator, browser, { text: 'x' })
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(40)
  })

  it('C2DM: QuotaExceeded for the sender, DeviceQuotaExceeded for a device', async () => {
    const [one, two] = [device('c2dm'), device('c2dm')]
    const token = await login(emulator)
    const to = async (address: string) => (await send(emulator, { token, to: address })).body.trim()
    emulator.quotas.set({ c2dm: { devicePerMinute: 1 } })
    expect(await to(one.address)).toMatch(/^id=/)
    expect(await to(one.address)).toBe('Error=DeviceQuotaExceeded')
    emulator.quotas.set({ c2dm: { senderPerMinute: 1 } })
    expect(await to(two.address)).toMatch(/^id=/)
    expect(await to(two.address)).toBe('Error=QuotaExceeded')
  })
})
