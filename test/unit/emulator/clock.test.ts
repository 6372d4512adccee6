import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import * as apns from './apns-client.ts'
import { login, send } from './client.ts'
import { control } from './control-client.ts'
import { accessToken, post } from './fcm-client.ts'
import { push } from './webpush-client.ts'

const HOUR_MS = 3_600_000
let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator({ fcm: { tokenLifetimeMs: HOUR_MS } })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const advance = (ms: number) => control(emulator, 'POST', '/clock/advance', { ms })
const offline = (service: 'c2dm' | 'fcm' | 'apns' | 'webpush') => emulator.devices.create({ service, state: 'offline' })

describe('The emulator’s clock', () => {
  it('begins with the real time, moves ahead over the control API, and goes back at a reset', async () => {
    expect((await control(emulator, 'GET', '/clock')).body).toMatchObject({ ahead: 0 })
    const { status, body } = await advance(HOUR_MS)
    expect({ status, ahead: body.ahead }).toEqual({ status: 200, ahead: HOUR_MS })
    expect(body.now).toBeGreaterThanOrEqual(Date.now() + HOUR_MS - 60_000)
    emulator.clock.advance(1)
    expect(emulator.clock.ahead).toBe(HOUR_MS + 1)
    await control(emulator, 'POST', '/reset')
    expect(emulator.clock.ahead).toBe(0)
  })

  it.each([-1, 0.5, 1e15, '1', undefined])('does not move by %j', async (ms) => {
    const { status, body } = await control(emulator, 'POST', '/clock/advance', { ms })
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'EMULATOR_INPUT' })
    expect(emulator.clock.ahead).toBe(0)
  })

  it('lets an FCM message that waits expire at its ttl, and not before', async () => {
    const phone = offline('fcm')
    const token = await accessToken(emulator)
    await post(emulator, token, { message: { token: phone.address, data: { n: '1' }, android: { ttl: '600s' } } })
    await post(emulator, token, { message: { token: phone.address, data: { n: '2' } } })
    await advance(599_000)
    expect(phone.waiting).toBe(2)
    await advance(2_000)
    expect(phone.waiting).toBe(1)
    await advance(28 * 24 * HOUR_MS)
    expect(phone.waiting).toBe(0)
  })

  it('lets an APNs notification expire at its apns-expiration, which the sender wrote by its own clock', async () => {
    const phone = offline('apns')
    await advance(24 * HOUR_MS)
    const session = await apns.open(emulator)
    const token = apns.providerToken(emulator)
    const expiration = String(Math.floor(Date.now() / 1000) + 3600)
    const headers = { 'apns-expiration': expiration, 'apns-collapse-id': 'a' }
    expect((await apns.send(emulator, session, { to: phone.address, token, headers })).status).toBe(200)
    await apns.send(emulator, session, { to: phone.address, token })
    expect(phone.waiting).toBe(2)
    await advance(HOUR_MS + 1000)
    expect(phone.waiting).toBe(1)
    phone.state = 'active'
    expect(phone.inbox).toHaveLength(1)
    session.destroy()
  })

  it('lets a Web Push message expire at its TTL, and takes the sender’s signature as before', async () => {
    const browser = offline('webpush')
    await advance(48 * HOUR_MS)
    expect((await push(emulator, browser, { text: 'x', headers: { ttl: '60' } })).status).toBe(201)
    await advance(61_000)
    expect(browser.waiting).toBe(0)
  })

  it('keeps C2DM messages, which have no lifetime', async () => {
    const phone = offline('c2dm')
    await send(emulator, { token: await login(emulator), to: phone.address })
    await advance(300 * 24 * HOUR_MS)
    expect(phone.waiting).toBe(1)
  })

  it('lets access tokens die, and gives a new one to who signs by the real clock', async () => {
    const phone = emulator.devices.create({ service: 'fcm' })
    const message = { message: { token: phone.address, data: {} } }
    const token = await accessToken(emulator)
    await advance(HOUR_MS)
    expect((await post(emulator, token, message)).status).toBe(401)
    expect((await post(emulator, await accessToken(emulator), message)).status).toBe(200)
  })

  it('gives answers that a fault has delayed', async () => {
    const phone = emulator.devices.create()
    emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: HOUR_MS } })
    const answer = send(emulator, { token: await login(emulator), to: phone.address })
    await phone.nextMessage()
    await emulator.requests.next({ where: ({ service }) => service === 'c2dm' })
    await advance(HOUR_MS / 2)
    await advance(HOUR_MS / 2)
    expect((await answer).status).toBe(200)
  })

  it('does not cut short what a test waits for', async () => {
    const phone = emulator.devices.create()
    const arrival = phone.nextMessage({ timeoutMs: 60_000 })
    await advance(HOUR_MS)
    await send(emulator, { token: await login(emulator), to: phone.address, data: { a: 'b' } })
    expect((await arrival).data).toEqual({ a: 'b' })
  })
})

describe('A connection to APNs', () => {
  let own: Emulator
  beforeEach(async () => {
    own = await createEmulator({ apns: { idleMs: HOUR_MS } })
  })
  afterEach(() => own.close())

  it('ends with IdleTimeout when the clock has been moved past its idle time', async () => {
    const session = await apns.open(own)
    const goAway = new Promise<string>((resolve) => {
      session.on('goaway', (_code, _id, data) => resolve(Buffer.from(data ?? []).toString()))
    })
    own.clock.advance(HOUR_MS)
    expect(JSON.parse(await goAway)).toEqual({ reason: 'IdleTimeout' })
    session.destroy()
  })
})
