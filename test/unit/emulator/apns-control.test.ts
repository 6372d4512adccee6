import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { open, providerToken, send } from './apns-client.ts'

describe('The control API of APNs', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator()
  })
  afterAll(() => emulator.close())

  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${emulator.url}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  it('says where APNs is and how to log in', async () => {
    const { body } = await api('GET', '/')
    expect(body.services.apns).toEqual({
      url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      sandboxUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    })
    expect(body.credentials.apns).toEqual({
      teamId: expect.stringMatching(/^[A-Z0-9]{10}$/),
      keyId: expect.stringMatching(/^[A-Z0-9]{10}$/),
      key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      bundleId: 'com.example.sendword',
      certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
      certificateKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
    })
  })

  it('creates a device of the sandbox', async () => {
    const { body } = await api('POST', '/devices', { service: 'apns', environment: 'sandbox' })
    expect(body).toMatchObject({ service: 'apns', environment: 'sandbox', state: 'active' })
    expect((await api('GET', `/devices/${body.address}`)).body).toEqual(body)
  })

  it('shows and changes the stream limit and the key', async () => {
    const begun = { maxStreams: 1000, firstStreams: 1, connections: 0, key: 'active' }
    expect((await api('GET', '/apns')).body).toEqual(begun)
    const changed = { ...begun, maxStreams: 7, firstStreams: 3, key: 'revoked' }
    expect((await api('PATCH', '/apns', { maxStreams: 7, firstStreams: 3, key: 'revoked' })).body).toEqual(changed)
    expect(await api('PATCH', '/apns', { maxStreams: 0 })).toMatchObject({ status: 400 })
    expect((await api('PATCH', '/apns', { key: 'active' })).body).toMatchObject({ key: 'active' })
    await api('POST', '/reset')
    expect((await api('GET', '/apns')).body).toEqual(begun)
  })

  it('ends the connections with a reason', async () => {
    const session = await open(emulator)
    const goAway = once(session, 'goaway')
    expect((await api('POST', '/apns/goaway', { reason: 'BadCertificate' })).status).toBe(204)
    const [, , debugData] = await goAway
    expect(JSON.parse(debugData)).toEqual({ reason: 'BadCertificate' })
    if (!session.closed) await once(session, 'close')
  })

  it('expires the tokens seen so far', async () => {
    const { address } = emulator.devices.create({ service: 'apns' })
    const session = await open(emulator)
    const token = providerToken(emulator)
    const status = async () => (await send(emulator, session, { to: address, token })).status
    expect(await status()).toBe(200)
    await api('POST', '/tokens/expire', { service: 'fcm' })
    expect(await status()).toBe(200)
    await api('POST', '/tokens/expire', { service: 'apns' })
    expect(await status()).toBe(403)
    session.destroy()
  })
})

describe('APNs in bench mode', () => {
  it('takes notifications for any device token, checks one in a hundred, and keeps only counts', async () => {
    await using emulator = await createEmulator({ bench: true })
    const token = providerToken(emulator)
    const session = await open(emulator)
    const told = once(session, 'remoteSettings')
    const post = (body: string, bearer = token) => send(emulator, session, { to: 'ab'.repeat(32), token: bearer, body })
    expect((await post('{"aps":{}}')).status).toBe(200)
    await told
    expect(session.remoteSettings.maxConcurrentStreams).toBe(1000)
    const answers = []
    for (let n = 1; n < 100; n++) answers.push(await post('not looked at'))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ headers }) => headers['apns-id'])).size).toBe(99)
    expect((await post('looked at')).status).toBe(400)
    expect((await post('{"aps":{}}', 'another')).status).toBe(403)
    session.destroy()
    expect(emulator.requests.counts().apns).toEqual({ accepted: 100, malformed: 1, InvalidProviderToken: 1 })
    expect(emulator.requests.recent()).toEqual([])
  })
})

describe('The options of APNs', () => {
  it.each([
    { bundleId: 'my app' },
    { teamId: 'short' },
    { keyId: 'lowercase1' },
    { maxStreams: 0 },
    { firstStreams: 0 },
    { idleMs: 0 },
  ])('refuse %j', async (apns) => {
    await expect(createEmulator({ apns })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
  })

  it('name the team, the key and the app', async () => {
    const apns = { teamId: 'TEAM000001', keyId: 'KEY0000001', bundleId: 'com.example.shop' }
    await using emulator = await createEmulator({ apns })
    expect(emulator.credentials.apns).toMatchObject(apns)
  })

  it('say that the port of the sandbox is taken, and leave nothing running', async () => {
    await using first = await createEmulator()
    const apnsSandboxPort = Number(new URL(first.services.apns.sandboxUrl).port)
    await expect(createEmulator({ apnsSandboxPort })).rejects.toMatchObject({ code: 'EMULATOR_LISTEN' })
  })
})
