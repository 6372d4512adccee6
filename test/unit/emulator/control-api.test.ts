import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { createRequestJournal } from '../../../src/emulator/server/request-journal.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { login, postLogin, send } from './client.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: the tests below say what they expect of it.
  readonly body: any
}

async function api(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

async function createDevice(input?: object): Promise<{ id: string; registrationId: string }> {
  return (await api('POST', '/devices', input)).body
}

async function push(to: string, data: Record<string, string>): Promise<void> {
  await send(emulator, { token: await login(emulator), to, data })
}

describe('GET /', () => {
  it('says where the services are and which account they take', async () => {
    const { status, headers, body } = await api('GET', '/')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(body).toEqual({
      name: 'sendword-emulator',
      url: emulator.url,
      services: {
        c2dm: { clientLoginUrl: `${emulator.url}/accounts/ClientLogin`, sendUrl: `${emulator.url}/c2dm/send` },
        fcm: {
          url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
          tokenUrl: `${emulator.services.fcm.url}/token`,
        },
        webpush: {
          url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
          plainUrl: emulator.url,
          autopushUrl: `${emulator.url.replace('http:', 'ws:')}/autopush`,
        },
        apns: { url: emulator.services.apns.url, sandboxUrl: emulator.services.apns.sandboxUrl },
      },
      credentials: emulator.credentials,
      ca: emulator.ca,
    })
  })
})

describe('/devices', () => {
  it('creates, lists, shows, changes and removes', async () => {
    const created = await api('POST', '/devices')
    expect(created.status).toBe(201)
    const { id, registrationId } = created.body
    expect(created.headers.get('location')).toBe(`/devices/${id}`)
    const counts = { waiting: 0, dropped: 0, inbox: 0, last: 0 }
    const device = { id, service: 'c2dm', address: registrationId, registrationId, state: 'active', ...counts }
    expect(created.body).toEqual(device)
    expect((await api('GET', '/devices')).body).toEqual({ devices: [device] })
    expect((await api('GET', `/devices/${id}`)).body).toEqual(device)
    const changed = await api('PATCH', `/devices/${id}`, { state: 'unregistered' })
    expect(changed).toMatchObject({ status: 200, body: { ...device, state: 'unregistered' } })
    expect(emulator.devices.get(id)?.state).toBe('unregistered')
    expect(await api('DELETE', `/devices/${id}`)).toMatchObject({ status: 204, body: undefined })
    expect(await api('GET', `/devices/${id}`)).toMatchObject({ status: 404 })
  })

  it('finds a device by its registration id, percent-encoded', async () => {
    const registrationId = 'a/b c%2F?#ü..'
    const { id } = await createDevice({ registrationId, state: 'offline', service: 'c2dm' })
    const found = await api('GET', `/devices/${encodeURIComponent(registrationId)}`)
    expect(found).toMatchObject({ status: 200, body: { id, registrationId, state: 'offline' } })
  })

  it('answers 409 for a registration id that is taken', async () => {
    await createDevice({ registrationId: 'twice' })
    const again = await api('POST', '/devices', { registrationId: 'twice' })
    expect(again).toMatchObject({ status: 409, body: { code: 'EMULATOR_CONFLICT' } })
  })
})

describe('/devices/{id}/inbox', () => {
  it('shows what arrived after a number, and can be emptied', async () => {
    const { id, registrationId } = await createDevice()
    await push(registrationId, { n: '1' })
    await push(registrationId, { n: '2' })
    const { body } = await api('GET', `/devices/${id}/inbox`)
    expect(body.messages.map((message: { data: object }) => message.data)).toEqual([{ n: '1' }, { n: '2' }])
    expect(body.last).toBe(2)
    const later = await api('GET', `/devices/${id}/inbox?after=1`)
    expect(later.body).toEqual({ messages: [body.messages[1]], last: 2 })
    expect((await api('DELETE', `/devices/${id}/inbox`)).status).toBe(204)
    expect((await api('GET', `/devices/${id}/inbox`)).body).toEqual({ messages: [], last: 2 })
  })

  it('waits for the next message', async () => {
    const { id, registrationId } = await createDevice()
    await push(registrationId, { n: '1' })
    const poll = api('GET', `/devices/${id}/inbox?after=1&wait=60000`)
    await push(registrationId, { n: '2' })
    expect((await poll).body).toMatchObject({ messages: [{ sequence: 2, data: { n: '2' } }], last: 2 })
  })

  it('answers an empty list when nothing came in time', async () => {
    const { id } = await createDevice()
    const { status, body } = await api('GET', `/devices/${id}/inbox?wait=1`)
    expect({ status, body }).toEqual({ status: 200, body: { messages: [], last: 0 } })
  })

  it('ends the wait when the device is removed', async () => {
    const { id } = await createDevice()
    const poll = api('GET', `/devices/${id}/inbox?wait=60000`)
    // The poll has no effect to wait for; a removal before it arrives is a 404, after it a 410.
    await api('DELETE', `/devices/${id}`)
    expect([404, 410]).toContain((await poll).status)
  })
})

describe('/faults', () => {
  it('adds, lists, counts and removes', async () => {
    const rule = { service: 'c2dm', times: 2, effect: { kind: 'status', status: 503, retryAfter: 120 } }
    const added = await api('POST', '/faults', rule)
    expect(added).toMatchObject({ status: 201, body: { ...rule, seen: 0, struck: 0 } })
    const { id } = added.body
    expect(added.headers.get('location')).toBe(`/faults/${id}`)
    await push('anything', {})
    expect((await api('GET', '/faults')).body).toEqual({ faults: [{ ...rule, id, seen: 1, struck: 1 }] })
    expect((await api('GET', `/faults/${id}`)).body.struck).toBe(1)
    expect((await api('DELETE', `/faults/${id}`)).status).toBe(204)
    expect((await api('DELETE', `/faults/${id}`)).status).toBe(404)
    expect((await api('GET', `/faults/${id}`)).status).toBe(404)
  })

  it('clears them all', async () => {
    await api('POST', '/faults', { service: 'c2dm', effect: { kind: 'reset' } })
    expect((await api('DELETE', '/faults')).status).toBe(204)
    expect(emulator.faults.list()).toEqual([])
  })

  it('are bounded in number', async () => {
    for (let n = 0; n < 1000; n++) emulator.faults.add({ service: 'c2dm', effect: { kind: 'reset' } })
    const more = await api('POST', '/faults', { service: 'c2dm', effect: { kind: 'reset' } })
    expect(more).toMatchObject({ status: 409, body: { detail: expect.stringContaining('1000') } })
  })
})

describe('/requests', () => {
  it('counts by service and outcome and shows the newest, tokens included', async () => {
    const { registrationId } = await createDevice()
    const token = await login(emulator)
    await send(emulator, { token, to: registrationId })
    await send(emulator, { token, to: 'unknown' })
    const { body } = await api('GET', '/requests')
    expect(body.counts).toMatchObject({
      c2dm: { accepted: 1, InvalidRegistration: 1 },
      'client-login': { accepted: 1 },
      fcm: {},
    })
    expect(body.requests).toHaveLength(3)
    expect(body.requests[1]).toMatchObject({
      service: 'c2dm',
      method: 'POST',
      outcome: 'accepted',
      status: 200,
      registrationId,
      headers: { authorization: `GoogleLogin auth=${token}` },
      body: expect.stringContaining('collapse_key=k'),
    })
    const later = await api('GET', `/requests?after=${body.last - 1}`)
    expect(later.body.requests).toEqual([body.requests[2]])
    expect((await api('DELETE', '/requests')).status).toBe(204)
    expect((await api('GET', '/requests')).body).toMatchObject({
      counts: { c2dm: {}, 'client-login': {} },
      requests: [],
    })
  })

  it('waits for the next', async () => {
    const { last } = (await api('GET', '/requests')).body
    const poll = api('GET', `/requests?after=${last}&wait=60000`)
    await postLogin(emulator)
    expect((await poll).body.requests).toMatchObject([{ service: 'client-login', outcome: 'accepted' }])
  })

  it('keeps the newest 1,000 and counts all', () => {
    const journal = createRequestJournal({ clock: systemClock, recorded() {}, cleared() {} })
    const nothing = {
      body: '',
      status: 200,
      retryAfter: undefined,
      objection: undefined,
      address: undefined,
      fault: undefined,
    }
    for (let n = 0; n < 2500; n++) {
      journal.record({
        ...nothing,
        receivedAt: n,
        service: 'c2dm',
        method: 'POST',
        target: '/',
        headers: {},
        outcome: 'accepted',
      })
    }
    expect(journal.recent()).toHaveLength(1000)
    expect(journal.recent()[0]).toMatchObject({ sequence: 1501, receivedAt: 1500 })
    expect(journal.count('c2dm', 'accepted')).toBe(2500)
  })
})

describe('Tokens, captchas and reset', () => {
  it('POST /tokens/expire lets every token die', async () => {
    const token = await login(emulator)
    expect((await api('POST', '/tokens/expire')).status).toBe(204)
    expect((await send(emulator, { token, to: 'x' })).status).toBe(401)
  })

  it('GET /captchas shows the answers', async () => {
    emulator.faults.add({ service: 'client-login', effect: { kind: 'error', code: 'CaptchaRequired' } })
    await postLogin(emulator)
    const { body } = await api('GET', '/captchas')
    expect(body.captchas).toEqual([{ token: expect.any(String), answer: expect.any(String) }])
  })

  it('POST /reset forgets devices, faults, requests, tokens and captchas', async () => {
    await createDevice()
    const token = await login(emulator)
    emulator.faults.add({ service: 'client-login', times: 1, effect: { kind: 'error', code: 'CaptchaRequired' } })
    await postLogin(emulator)
    expect((await api('POST', '/reset')).status).toBe(204)
    expect(emulator.devices.list()).toEqual([])
    expect(emulator.faults.list()).toEqual([])
    expect(emulator.captchas()).toEqual([])
    for (const counts of Object.values(emulator.requests.counts())) expect(counts).toEqual({})
    expect((await send(emulator, { token, to: 'x' })).status).toBe(401)
  })
})

describe('Bad input', () => {
  const json = { 'content-type': 'application/json' }

  it.each<[string, string, string, RequestInit, number, RegExp]>([
    ['broken JSON', 'POST', '/devices', { body: '{', headers: json }, 400, /not JSON/],
    [
      'JSON that is not UTF-8',
      'POST',
      '/devices',
      { body: new Uint8Array([34, 255, 34]), headers: json },
      400,
      /UTF-8/,
    ],
    [
      'another type',
      'POST',
      '/devices',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      400,
      /Content-Type/,
    ],
    ['an array', 'POST', '/devices', { body: '[]', headers: json }, 400, /expected object/],
    ['null', 'PATCH', '/devices/d1', { body: 'null', headers: json }, 400, /expected object/],
    ['no body', 'PATCH', '/devices/d1', {}, 400, /expected object/],
    [
      'a number as registrationId',
      'POST',
      '/devices',
      { body: '{"registrationId":1}', headers: json },
      400,
      /registrationId/,
    ],
    [
      'an empty registrationId',
      'POST',
      '/devices',
      { body: '{"registrationId":""}', headers: json },
      400,
      /registrationId/,
    ],
    ['an unknown field', 'POST', '/devices', { body: '{"colour":"red"}', headers: json }, 400, /colour/],
    ['an unknown state', 'PATCH', '/devices/d1', { body: '{"state":"asleep"}', headers: json }, 400, /state/],
    ['an unknown service', 'POST', '/devices', { body: '{"service":"gcm"}', headers: json }, 400, /service/],
    ['a huge body', 'POST', '/devices', { body: 'x'.repeat(300_000), headers: json }, 400, /262144/],
    ['no rule', 'POST', '/faults', {}, 400, /fault rule/],
    ['half a rule', 'POST', '/faults', { body: '{"service":"c2dm"}', headers: json }, 400, /effect/],
    ['a negative number', 'GET', '/devices/d1/inbox?after=-1', {}, 400, /after/],
    ['too long a wait', 'GET', '/devices/d1/inbox?wait=60001', {}, 400, /60000/],
    ['a wait in words', 'GET', '/devices/d1/inbox?wait=long', {}, 400, /wait/],
    ['a repeated parameter', 'GET', '/devices/d1/inbox?after=1&after=2', {}, 400, /more than once/],
    ['an unknown parameter', 'GET', '/requests?limit=1', {}, 400, /limit/],
    ['a broken path', 'GET', '/devices/%zz', {}, 400, /percent-encoding/],
    ['an unknown device', 'GET', '/devices/d999/inbox', {}, 404, /d999/],
    ['an unknown path', 'GET', '/nothing/here', {}, 404, /\/nothing\/here/],
    ['an empty id', 'GET', '/devices/', {}, 404, /\/devices\//],
    ['a captcha that is not open', 'GET', '/accounts/Captcha?ctoken=x', {}, 404, /captcha/],
    ['another method', 'PUT', '/devices', {}, 405, /GET, POST/],
    [
      'a handshake with no url',
      'POST',
      '/devices/d1/handshake',
      { body: '{"deviceId":"a"}', headers: json },
      400,
      /url/,
    ],
    [
      'a handshake elsewhere',
      'POST',
      '/devices/d1/handshake',
      { body: '{"url":"http://example.com/","deviceId":"a"}', headers: json },
      400,
      /localhost/,
    ],
  ])('%s is answered with a problem that says so: %s %s', async (_case, method, path, init, status, named) => {
    const { id } = await createDevice()
    const response = await fetch(`${emulator.url}${path.replace('/d1', `/${id}`)}`, { method, ...init })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = await response.json()
    expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.stringMatching(named) })
    expect(emulator.devices.list()).toHaveLength(1)
  })

  it('HEAD is answered like GET, without a body', async () => {
    const response = await fetch(emulator.url, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
  })

  it('a request that breaks off leaves the API serving', async () => {
    const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /devices HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{')
    socket.destroy()
    await once(socket, 'close')
    expect((await api('GET', '/devices')).body).toEqual({ devices: [] })
  })
})
