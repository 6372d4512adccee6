import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { accessToken, answerOf, askToken, assertion, open, post, request, sendHeaders } from './fcm-client.ts'

const json = { 'content-type': 'application/json' }

describe('The control API of FCM', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await createEmulator()
  })
  afterAll(() => emulator.close())

  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${emulator.url}${path}`, {
      method,
      ...(body && { headers: json, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  it('creates a device of each kind', async () => {
    const { body } = await api('POST', '/devices', { service: 'fcm', kind: 'fid', state: 'offline' })
    expect(body).toMatchObject({
      service: 'fcm',
      kind: 'fid',
      address: expect.stringMatching(/^.{22}$/),
      state: 'offline',
    })
    expect((await api('GET', `/devices/${body.address}`)).body.id).toBe(body.id)
  })

  it('shows and changes the stream limit and the service account', async () => {
    const begun = { maxStreams: 100, connections: 0, serviceAccount: 'active' }
    expect(await api('GET', '/fcm')).toEqual({ status: 200, body: begun })
    const changed = { ...begun, maxStreams: 7, serviceAccount: 'revoked' }
    expect((await api('PATCH', '/fcm', { maxStreams: 7, serviceAccount: 'revoked' })).body).toEqual(changed)
    expect(emulator.fcm).toMatchObject({ maxStreams: 7, isRevoked: true })
    expect(await api('PATCH', '/fcm', { maxStreams: 0 })).toMatchObject({ status: 400 })
    expect((await api('PATCH', '/fcm', { serviceAccount: 'active' })).body).toMatchObject({ serviceAccount: 'active' })
    await api('POST', '/reset')
    expect((await api('GET', '/fcm')).body).toEqual(begun)
  })

  it('expires the tokens of one service', async () => {
    const token = await accessToken(emulator)
    await api('POST', '/tokens/expire', { service: 'c2dm' })
    expect((await post(emulator, token, { message: { topic: 'a' } })).status).toBe(200)
    await api('POST', '/tokens/expire', { service: 'fcm' })
    expect((await post(emulator, token, { message: { topic: 'a' } })).status).toBe(401)
  })

  it('shows an FCM request with its JSON as it says it', async () => {
    const token = await accessToken(emulator)
    const address = emulator.devices.create({ service: 'fcm' }).address
    await post(emulator, token, { message: { token: address, data: { greeting: 'hällo' } } })
    const record = emulator.requests.recent().at(-1)
    expect(record).toMatchObject({ service: 'fcm', outcome: 'accepted', address, registrationId: undefined })
    expect(JSON.parse(record?.body ?? '').message.data.greeting).toBe('hällo')
  })
})

describe('An emulator in bench mode', () => {
  it('takes messages for any address, checks one in a hundred, and keeps only counts', async () => {
    await using emulator = await createEmulator({ bench: true })
    const token = await accessToken(emulator)
    const session = open(emulator)
    const send = (body: string) => answerOf(request(session, sendHeaders(emulator, token), body))
    const good = JSON.stringify({ message: { token: 'anybody', data: { n: '1' } } })
    const answers = []
    for (let n = 1; n < 100; n++) answers.push(await send(n === 50 ? 'not looked at' : good))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ json: { name } }) => name)).size).toBe(99)
    expect(answers[0]?.json.name).toMatch(/^projects\/sendword-emulator\/messages\/0:\d{16}%[0-9a-f]{16}$/)
    expect((await send('looked at')).status).toBe(400)
    for (let n = 1; n < 100; n++) await send(good)
    expect((await send(good)).status).toBe(200)
    session.destroy()
    expect(emulator.requests.counts().fcm).toEqual({ accepted: 199, malformed: 1 })
    expect(emulator.requests.recent()).toEqual([])
  })

  it('verifies assertions as ever', async () => {
    await using emulator = await createEmulator({ bench: true })
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(emulator, { aud: 'x' }),
    }
    expect((await askToken(emulator, form)).json.error).toBe('invalid_grant')
  })
})

describe('The options of FCM', () => {
  it.each([{ projectId: 'Short' }, { projectId: 'x' }, { maxStreams: 0 }])('refuse %j', async (fcm) => {
    await expect(createEmulator({ fcm })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
  })

  it('say that the TLS port is taken, and leave the other one free', async () => {
    await using first = await createEmulator()
    const fcmPort = Number(new URL(first.services.fcm.url).port)
    await expect(createEmulator({ fcmPort })).rejects.toMatchObject({ code: 'EMULATOR_LISTEN' })
  })

  it('name the project', async () => {
    await using emulator = await createEmulator({ fcm: { projectId: 'my-shop' } })
    expect(emulator.credentials.fcm).toMatchObject({ projectId: 'my-shop', serviceAccount: { project_id: 'my-shop' } })
  })
})
