// The JSON door: the same handshake as the seed's doors, with what those could not carry.
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { dumpText } from '../../kit/query.ts'
import { type Serving, serve } from './serving.ts'

const IDENTITY_SECRET = 'an-identity-secret-of-32-characters'
const ORIGIN = 'https://app.example.com'

let serving: Serving
let rsa: Awaited<ReturnType<typeof generateKeyPair>>
let ec: Awaited<ReturnType<typeof generateKeyPair>>
let count = 0
const newDeviceId = () => `json-device-${++count}`

beforeAll(async () => {
  rsa = await generateKeyPair('RS256', { extractable: true })
  ec = await generateKeyPair('ES256', { extractable: true })
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'r1' },
    { ...(await exportJWK(ec.publicKey)), kid: 'e1' },
  ]
  serving = await serve({
    options: { registration: { perClient: 1000 } },
    app: { identity: { secret: IDENTITY_SECRET, jwks: JSON.stringify({ keys }) }, corsOrigins: [ORIGIN] },
  })
})
afterAll(() => serving[Symbol.asyncDispose]())

type Extra = Record<string, unknown> & { deviceKey?: string; apiKey?: boolean }

async function call(method: string, path: string, { deviceKey, apiKey, ...body }: Extra = {}) {
  const headers = {
    'content-type': 'application/json',
    ...(deviceKey !== undefined && { 'sendword-device-key': deviceKey }),
  }
  const init = { method, headers, ...(method === 'POST' && { body: JSON.stringify(body) }) }
  const url = `/v1/apps/default/${path}`
  const answer = apiKey ? await serving.api(url, init) : await fetch(`${serving.server.url}${url}`, init)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

const register = (deviceId: string, device: VirtualDevice, extra: Extra = {}) =>
  call('POST', 'registrations', { deviceId, transport: 'c2dm', address: device.registrationId, ...extra })

async function tokenOf(device: VirtualDevice, after = 0): Promise<string> {
  const push = await device.nextMessage({ after, where: ({ data }) => 'registration_token' in data })
  return push.data.registration_token ?? ''
}

const confirm = async (deviceId: string, confirmationToken: string) =>
  await call('POST', 'confirmations', { deviceId, confirmationToken })

/** Registers and confirms; answers with the key. */
async function join(deviceId: string, device: VirtualDevice, extra: Extra = {}): Promise<string> {
  const after = device.lastSequence
  expect((await register(deviceId, device, extra)).status).toBe(202)
  const confirmed = await confirm(deviceId, await tokenOf(device, after))
  expect(confirmed.status).toBe(200)
  return confirmed.body.deviceKey
}

const view = async (deviceId: string) => (await call('GET', `devices/${deviceId}`, { apiKey: true })).body

const identityToken = (claims: Record<string, unknown>, change = (jwt: SignJWT) => jwt) =>
  change(new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setAudience('default').setExpirationTime('1h')).sign(
    new TextEncoder().encode(IDENTITY_SECRET),
  )

describe('a device that registers and confirms', () => {
  test('gets 202 and a push, then 200 and its key, which is nowhere in the database', async () => {
    const device = serving.emulator.devices.create()
    const deviceId = newDeviceId()
    expect(await register(deviceId, device)).toEqual({ status: 202, body: { state: 'pending' } })
    const confirmed = await confirm(deviceId, await tokenOf(device))
    expect(confirmed).toEqual({ status: 200, body: { deviceKey: expect.stringMatching(/^dk_[\w-]{32}$/) } })
    expect(await view(deviceId)).toMatchObject({ state: 'active' })
    expect(await dumpText(serving.url)).not.toContain(confirmed.body.deviceKey)
  })

  test('may say what it is: locale, time zone, version and labels', async () => {
    const attributes = {
      locale: 'pt-br',
      timeZone: 'America/Sao_Paulo',
      appVersion: '4.2.0',
      labels: { tier: 'gold' },
    }
    const deviceId = newDeviceId()
    await join(deviceId, serving.emulator.devices.create(), attributes)
    expect(await view(deviceId)).toMatchObject({ ...attributes, locale: 'pt-BR' })
  })

  test.each([
    ['locale', { locale: 'not a tag' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['timeZone', { timeZone: '+02:00' }],
    ['appVersion', { appVersion: 'x'.repeat(65) }],
    ['labels', { labels: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'v'])) }],
    ['labels', { labels: { key: 'x'.repeat(257) } }],
    ['address', { address: 'short' }],
    ['address', { address: 'x'.repeat(141) }],
    ['deviceId', { deviceId: 'short' }],
    ['transport', { transport: 'carrier-pigeon' }],
    ['userId', { userId: 'root' }],
    ['unknown', { unknown: 1 }],
  ])('is refused with a word on %s, and nothing is stored', async (_, wrong) => {
    const before = await serving.counts()
    const answer = await register('json-device-bad', serving.emulator.devices.create(), wrong)
    expect([400, 401]).toContain(answer.status)
    expect(await serving.counts()).toEqual(before)
  })
})

describe('a repeated confirmation', () => {
  test('answers 200 with a new key and voids the old one', async () => {
    const device = serving.emulator.devices.create()
    const deviceId = newDeviceId()
    await register(deviceId, device)
    const token = await tokenOf(device)
    const first = (await confirm(deviceId, token)).body.deviceKey
    const second = (await confirm(deviceId, token)).body.deviceKey
    expect(second).not.toBe(first)
    const other = serving.emulator.devices.create()
    expect((await register(deviceId, other, { deviceKey: first })).status).toBe(403)
    expect((await register(deviceId, other, { deviceKey: second })).status).toBe(202)
  })
})

describe('a live address of a device that holds a key', () => {
  test('is replaced by the holder of the key only', async () => {
    const deviceId = newDeviceId()
    const deviceKey = await join(deviceId, serving.emulator.devices.create())
    const fresh = serving.emulator.devices.create()
    for (const extra of [{}, { deviceKey: 'dk_guess' }]) {
      const refused = await register(deviceId, fresh, extra)
      expect(refused).toMatchObject({ status: 403, body: { code: 'PUSH_DEVICE_KEY_REQUIRED' } })
    }
    expect(fresh.inbox).toEqual([])
    const next = await join(deviceId, fresh, { deviceKey })
    expect(next).not.toBe(deviceKey)
  })

  test('raises no alarm when its holder moves it', async () => {
    const deviceId = newDeviceId()
    const old = serving.emulator.devices.create()
    const deviceKey = await join(deviceId, old)
    await join(deviceId, serving.emulator.devices.create(), { deviceKey })
    await join(newDeviceId(), serving.emulator.devices.create())
    expect(old.inbox.map(({ data }) => data.event)).not.toContain('replaced')
  })

  test('needs no key once it has failed', async () => {
    const deviceId = newDeviceId()
    const old = serving.emulator.devices.create()
    await join(deviceId, old)
    old.state = 'unregistered'
    const content = { data: { a: '1' } }
    const { id } = await serving.core.messages.submit({ app: 'default', deviceId, content })
    await serving.core.messages.settled(id, { timeout: 20_000 })
    await join(deviceId, serving.emulator.devices.create())
    expect(await view(deviceId)).toMatchObject({ failed: false })
  })

  test('is replaced by the application’s server, and by the device’s user', async () => {
    const deviceId = newDeviceId()
    await join(deviceId, serving.emulator.devices.create(), { apiKey: true, userId: 'user-1' })
    expect(await view(deviceId)).toMatchObject({ userId: 'user-1' })
    await join(deviceId, serving.emulator.devices.create(), { apiKey: true })
    await join(deviceId, serving.emulator.devices.create(), { userToken: await identityToken({ sub: 'user-1' }) })
    const stranger = await register(deviceId, serving.emulator.devices.create(), {
      userToken: await identityToken({ sub: 'user-2' }),
    })
    expect(stranger).toMatchObject({ status: 403, body: { code: 'PUSH_DEVICE_KEY_REQUIRED' } })
  })

  test('is closed to the seed’s doors, with 400 and nothing sent', async () => {
    const deviceId = newDeviceId()
    const live = serving.emulator.devices.create()
    await join(deviceId, live)
    for (const device of [live, serving.emulator.devices.create()]) {
      const query = new URLSearchParams({ device_id: deviceId, registration_id: device.registrationId })
      const answer = await fetch(`${serving.server.url}/c2dm/registration?${query}`)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: 'PUSH_DEVICE_HOLDS_KEY' })
    }
    const query = new URLSearchParams({ device_id: deviceId, registration_token: 'anything' })
    expect((await fetch(`${serving.server.url}/c2dm/confirmation?${query}`)).status).toBe(400)
    expect(live.inbox).toHaveLength(1)
  })
})

describe('the live address registered again', () => {
  test('with the key is only noted; without it the handshake runs, and gives a new key', async () => {
    const deviceId = newDeviceId()
    const device = serving.emulator.devices.create()
    const deviceKey = await join(deviceId, device)
    expect(await register(deviceId, device, { deviceKey, appVersion: '2' })).toEqual({
      status: 202,
      body: { state: 'live' },
    })
    expect(await view(deviceId)).toMatchObject({ appVersion: '2' })
    const next = await join(deviceId, device)
    expect(next).not.toBe(deviceKey)
    expect((await register(deviceId, device, { deviceKey: next })).body).toEqual({ state: 'live' })
  })

  test('gives its first key to a device that came through the seed’s doors', async () => {
    const deviceId = newDeviceId()
    const device = serving.emulator.devices.create()
    await device.handshake({ url: `${serving.server.url}/c2dm`, deviceId })
    const deviceKey = await join(deviceId, device)
    expect((await register(deviceId, device, { deviceKey })).body).toEqual({ state: 'live' })
  })
})

describe('a device that leaves', () => {
  test('goes with its key; with another, or none, it stays, and nobody learns whether it is there', async () => {
    const deviceId = newDeviceId()
    const deviceKey = await join(deviceId, serving.emulator.devices.create())
    const refused = { status: 403, body: expect.objectContaining({ code: 'PUSH_DEVICE_KEY_REFUSED' }) }
    expect(await call('DELETE', `registrations/${deviceId}`)).toEqual(refused)
    expect(await call('DELETE', `registrations/${deviceId}`, { deviceKey: 'dk_wrong' })).toEqual(refused)
    expect(await call('DELETE', 'registrations/nobody-there', { deviceKey })).toEqual(refused)
    expect((await call('DELETE', `registrations/${deviceId}`, { deviceKey })).status).toBe(204)
    expect((await call('GET', `devices/${deviceId}`, { apiKey: true })).status).toBe(404)
  })
})

describe('an identity token', () => {
  const sign = (kid: string, alg: string, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT({ sub: `user-${kid}` })
      .setProtectedHeader({ alg, kid })
      .setAudience('default')
      .setExpirationTime('1h')
      .sign(key)

  test.each(['HS256', 'RS256', 'ES256'])('signed with %s binds the device to its user once confirmed', async (alg) => {
    const tokens = {
      HS256: await identityToken({ sub: 'user-h' }),
      RS256: await sign('r1', 'RS256', rsa.privateKey),
      ES256: await sign('e1', 'ES256', ec.privateKey),
    }
    const deviceId = newDeviceId()
    const device = serving.emulator.devices.create()
    await register(deviceId, device, { userToken: tokens[alg as keyof typeof tokens] })
    expect((await view(deviceId)).userId).toBeUndefined()
    await confirm(deviceId, await tokenOf(device))
    expect((await view(deviceId)).userId).toMatch(/^user-/)
  })

  test('may be for one device only', async () => {
    const deviceId = newDeviceId()
    await join(deviceId, serving.emulator.devices.create(), {
      userToken: await identityToken({ sub: 'user-1', device: deviceId }),
    })
    const other = await register(newDeviceId(), serving.emulator.devices.create(), {
      userToken: await identityToken({ sub: 'user-1', device: deviceId }),
    })
    expect(other).toMatchObject({ status: 403, body: { code: 'PUSH_USER_TOKEN_REFUSED' } })
  })

  test.each([
    ['for another app', () => identityToken({ sub: 'u' }, (jwt) => jwt.setAudience('other'))],
    ['that has expired', () => identityToken({ sub: 'u' }, (jwt) => jwt.setExpirationTime('-1h'))],
    [
      'without expiry',
      () =>
        new SignJWT({ sub: 'u' })
          .setProtectedHeader({ alg: 'HS256' })
          .setAudience('default')
          .sign(new TextEncoder().encode(IDENTITY_SECRET)),
    ],
    ['without a user', () => identityToken({})],
    ['signed by a stranger', async () => sign('r1', 'RS256', (await generateKeyPair('RS256')).privateKey)],
    [
      'signed with a public key as secret',
      async () => sign('r1', 'HS256', new TextEncoder().encode(JSON.stringify(await exportJWK(rsa.publicKey)))),
    ],
    ['without signature', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ['that is none', async () => 'nonsense'],
  ])('%s is refused, nothing is stored, and the answer quotes nothing of it', async (_, make) => {
    const before = await serving.counts()
    const userToken = await make()
    const answer = await register(newDeviceId(), serving.emulator.devices.create(), { userToken })
    expect(answer).toMatchObject({ status: 403, body: { code: 'PUSH_USER_TOKEN_REFUSED' } })
    expect(JSON.stringify(answer.body)).not.toContain(userToken)
    expect(await serving.counts()).toEqual(before)
  })
})

describe('a page of another origin', () => {
  const preflight = (origin: string, path: string) =>
    fetch(`${serving.server.url}/v1/apps/default/${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  test('may use the door when the app lists its origin, and reads its problems too', async () => {
    const allowed = await preflight(ORIGIN, 'registrations')
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Sendword-Device-Key')
    const problem = await fetch(`${serving.server.url}/v1/apps/default/registrations`, {
      method: 'POST',
      headers: { origin: ORIGIN, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(problem.status).toBe(400)
    expect(problem.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(problem.headers.get('vary')).toContain('Origin')
  })

  test('may not otherwise, and never where the API key is needed', async () => {
    const stranger = await preflight('https://evil.example', 'registrations')
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull()
    const api = await preflight(ORIGIN, 'devices')
    expect(api.headers.get('access-control-allow-origin')).toBeNull()
  })
})
