// The JSON API as its users meet it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confirmedDevice } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve({ moreApps: true, options: { registration: { perClient: 100_000 } } })
})
afterAll(() => serving[Symbol.asyncDispose]())

function post(path: string, body: unknown): Promise<Response> {
  return serving.api(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function expectProblem(response: Response, status: number, code: string): Promise<{ detail: string }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = (await response.json()) as { detail: string }
  expect(body).toMatchObject({ status, code })
  expect(response.status).toBe(status)
  return body
}

describe('messages', () => {
  test('are accepted with 202 and a Location, arrive, and tell how they ended', async () => {
    const phone = await confirmedDevice(serving, 'api-device-1')
    const accepted = await post('/v1/apps/default/devices/api-device-1/messages', {
      data: { greeting: 'hello', ключ: 'значение' },
      collapseKey: 'hi',
      ttl: 60,
      delayWhileIdle: true,
    })
    expect(accepted.status).toBe(202)
    const { id } = (await accepted.json()) as { id: string }
    const location = new URL(accepted.headers.get('location') ?? '', accepted.url).pathname
    expect(location).toBe(`/v1/apps/default/messages/${id}`)
    const push = await phone.nextMessage({ where: ({ data }) => 'greeting' in data })
    expect(push).toMatchObject({
      data: { greeting: 'hello', ключ: 'значение' },
      collapseKey: 'hi',
      delayWhileIdle: true,
    })
    await serving.core.messages.settled(id)
    const answer = await serving.api(location)
    expect(answer.status).toBe(200)
    const document = (await answer.json()) as { acceptedAt: string; expiresAt: string }
    expect(document).toEqual({
      id,
      app: 'default',
      deviceId: 'api-device-1',
      acceptedAt: expect.any(String),
      expiresAt: expect.any(String),
      state: 'settled',
      counts: { accepted: 1, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 },
      outcome: 'accepted',
      providerId: push.providerId,
      attempts: 1,
      finishedAt: expect.any(String),
    })
    expect(Date.parse(document.expiresAt) - Date.parse(document.acceptedAt)).toBe(60_000)
  })

  test('are pending while the push service defers them', async () => {
    const phone = await confirmedDevice(serving, 'api-device-2')
    phone.state = 'throttled'
    const accepted = await post('/v1/apps/default/devices/api-device-2/messages', { data: { a: '1' } })
    const { id } = (await accepted.json()) as { id: string }
    const document = await (await serving.api(`/v1/apps/default/messages/${id}`)).json()
    expect(document).toMatchObject({ state: 'pending', counts: { accepted: 0 } })
    expect(document).not.toHaveProperty('outcome')
    phone.state = 'active'
    await serving.core.messages.settled(id)
  })

  test('that no device could get are refused with the reason', async () => {
    const phone = await confirmedDevice(serving, 'api-device-3')
    const path = '/v1/apps/default/devices/api-device-3/messages'
    const big = await expectProblem(await post(path, { data: { a: 'x'.repeat(1024) } }), 413, 'PUSH_MESSAGE_TOO_BIG')
    expect(big.detail).toMatch(/\d+ bytes/)
    await expectProblem(await post(path, { data: { a: 'x'.repeat(20_000) } }), 413, 'PUSH_MESSAGE_TOO_BIG')
    await serving.core.devices.register({
      app: 'default',
      deviceId: 'api-device-pending',
      address: { transport: 'c2dm', value: 'nobody-lives-here' },
      client: '192.0.2.1',
      door: 'seed',
    })
    const pending = await post('/v1/apps/default/devices/api-device-pending/messages', { data: { a: '1' } })
    await expectProblem(pending, 409, 'PUSH_DEVICE_PENDING')
    const unknown = await post('/v1/apps/default/devices/api-device-none/messages', { data: { a: '1' } })
    await expectProblem(unknown, 404, 'PUSH_DEVICE_UNKNOWN')
    phone.state = 'unregistered'
    const { id } = (await (await post(path, { data: { a: '1' } })).json()) as { id: string }
    await serving.core.messages.settled(id)
    await expectProblem(await post(path, { data: { a: '1' } }), 409, 'PUSH_DEVICE_FAILED')
    const ended = await (await serving.api(`/v1/apps/default/messages/${id}`)).json()
    expect(ended).toMatchObject({ state: 'settled', outcome: 'unregistered', reason: 'NotRegistered' })
  })

  test('of another app, of no one, or with an id that is none are 404', async () => {
    await confirmedDevice(serving, 'api-device-4')
    const accepted = await post('/v1/apps/default/devices/api-device-4/messages', { data: { a: '1' } })
    const { id } = (await accepted.json()) as { id: string }
    for (const path of [
      `other/messages/${id}`,
      'default/messages/01890000-0000-7000-8000-000000000000',
      'default/messages/1',
    ]) {
      await expectProblem(await serving.api(`/v1/apps/${path}`), 404, 'PUSH_MESSAGE_UNKNOWN')
    }
    await expectProblem(await serving.api(`/v1/apps/nobody/messages/${id}`), 404, 'PUSH_APP_UNKNOWN')
  })
})

describe('devices', () => {
  test.each([
    'with/slash',
    'with%percent',
    'with%2Fescape',
    'gerät-ü',
    '\u{1f4f1}\u{1f4f1}',
    'a?b#c&d=e+f',
    '..%2f..\\x',
    'with space',
  ])('of the id %s are found, sent to and removed by its percent-encoding', async (deviceId) => {
    await confirmedDevice(serving, deviceId)
    const path = `/v1/apps/default/devices/${encodeURIComponent(deviceId)}`
    expect(await (await serving.api(path)).json()).toMatchObject({ deviceId, state: 'active', failed: false })
    expect((await post(`${path}/messages`, { data: { a: '1' } })).status).toBe(202)
    const removed = await serving.api(path, { method: 'DELETE' })
    expect([removed.status, await removed.text()]).toEqual([204, ''])
    await expectProblem(await serving.api(path), 404, 'PUSH_DEVICE_UNKNOWN')
    await expectProblem(await serving.api(path, { method: 'DELETE' }), 404, 'PUSH_DEVICE_UNKNOWN')
  })

  test('are listed in pages, without their addresses', async () => {
    const phones = []
    for (const n of [1, 2, 3, 4, 5]) {
      const phone = serving.emulator.devices.create()
      await phone.handshake({ url: `${serving.server.url}/apps/other/c2dm`, deviceId: `listed-device/${n}` })
      phones.push(phone)
    }
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await serving.api(
        `/v1/apps/other/devices?limit=2${after ? `&after=${encodeURIComponent(after)}` : ''}`,
      )
      const text = await page.text()
      for (const { registrationId } of phones) expect(text).not.toContain(registrationId)
      const { devices, next } = JSON.parse(text) as { devices: Array<{ deviceId: string }>; next?: string }
      seen.push(...devices.map((device) => device.deviceId))
      after = next
    } while (after !== undefined)
    expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => `listed-device/${n}`))
    const shown = (await (await serving.api('/v1/apps/other/devices/listed-device%2F1')).json()) as object
    expect(Object.keys(shown).sort()).toEqual(
      ['app', 'confirmedAt', 'createdAt', 'deviceId', 'failed', 'labels', 'lastSeenAt', 'state', 'transport'].sort(),
    )
  })

  test.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e2',
    'limit=2&limit=3',
    'limit[]=2',
    'after=short',
    'after=device%00id',
    'limit',
    'page=2',
    'after=%ff%ff%ff%ff%ff%ff%ff%ff',
  ])('are not listed for ?%s', async (text) => {
    await expectProblem(await serving.api(`/v1/apps/default/devices?${text}`), 400, 'PUSH_REQUEST_INVALID')
  })

  test('that hold a new address for approval are approved once', async () => {
    const core = await serving.open({ options: { registration: { approveReplacement: true } } })
    await confirmedDevice({ core, emulator: serving.emulator }, 'api-device-held')
    await confirmedDevice({ core, emulator: serving.emulator }, 'api-device-held')
    const path = '/v1/apps/default/devices/api-device-held/approve'
    expect((await serving.api(path, { method: 'POST' })).status).toBe(204)
    await expectProblem(await serving.api(path, { method: 'POST' }), 409, 'PUSH_REGISTRATION_NOT_HELD')
  })
})

describe('transports', () => {
  test('that pause for a refused credential are shown, and resumed', async () => {
    await query(
      serving.url,
      `INSERT INTO sendword.hold (app, transport, kind, reason, until, probe, credential_fingerprint, since)
       VALUES ('other', 'c2dm', 'unauthorized', 'BadAuthentication', '2020-01-01Z', false, 'print-of-it', '2020-01-01Z')`,
    )
    const text = await (await serving.api('/v1/apps/other/holds')).text()
    expect(JSON.parse(text)).toEqual({
      holds: [
        {
          transport: 'c2dm',
          kind: 'unauthorized',
          reason: 'BadAuthentication',
          since: '2020-01-01T00:00:00.000Z',
          until: '2020-01-01T00:00:00.000Z',
          probe: false,
        },
      ],
      breakers: [],
    })
    expect(await (await serving.api('/v1/apps/default/holds')).json()).toEqual({ holds: [], breakers: [] })
    const resume = () => serving.api('/v1/apps/other/transports/c2dm/resume', { method: 'POST' })
    expect((await resume()).status).toBe(204)
    expect(await (await serving.api('/v1/apps/other/holds')).json()).toEqual({ holds: [], breakers: [] })
    expect((await resume()).status).toBe(204)
  })

  test('whose breaker is open are shown with what opened it and when it may close, and are closed', async () => {
    await query(
      serving.url,
      `INSERT INTO sendword.breaker (app, transport, last_dead_at, opened_at, sends, dead, probe_at)
       VALUES ('silent', 'fcm', '2030-01-01Z', '2030-01-01Z', 60, 57, '2030-01-02Z')`,
    )
    const [since, probeAt] = ['2030-01-01T00:00:00.000Z', '2030-01-02T00:00:00.000Z']
    const holds = async () => await (await serving.api('/v1/apps/silent/holds')).json()
    expect(await holds()).toEqual({ holds: [], breakers: [{ transport: 'fcm', since, sends: 60, dead: 57, probeAt }] })
    await serving.api('/v1/apps/silent/transports/fcm/resume', { method: 'POST' })
    expect(await holds()).toEqual({ holds: [], breakers: [] })
  })

  test('of an unknown name or app are 404', async () => {
    const resume = (path: string) => serving.api(`/v1/apps/${path}/resume`, { method: 'POST' })
    await expectProblem(await resume('other/transports/pigeon'), 404, 'PUSH_REQUEST_NOT_FOUND')
    await expectProblem(await resume('nobody/transports/c2dm'), 404, 'PUSH_APP_UNKNOWN')
    await expectProblem(await serving.api('/v1/apps/nobody/holds'), 404, 'PUSH_APP_UNKNOWN')
  })
})
