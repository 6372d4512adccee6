import { type EventEmitter, once } from 'node:events'
import { type ClientHttp2Session, constants } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createEmulator,
  type Emulator,
  type FaultEffect,
  type VirtualDevice,
} from '../../../src/emulator/create-emulator.ts'
import { FCM_FAULT_CODES } from '../../../src/emulator/fcm/fcm-errors.ts'
import { OAUTH_ERRORS } from '../../../src/protocols/fcm.ts'
import { accessToken, answerOf, askToken, assertion, open, post, request, sendHeaders } from './fcm-client.ts'

let emulator: Emulator
let token: string
let phone: VirtualDevice
let session: ClientHttp2Session

beforeEach(async () => {
  emulator = await createEmulator()
  token = await accessToken(emulator)
  phone = emulator.devices.create({ service: 'fcm' })
  session = open(emulator)
  await once(session, 'connect')
})
afterEach(async () => {
  session.destroy()
  await emulator.close()
})

const fault = (effect: FaultEffect, more: object = {}) =>
  emulator.faults.add({ service: 'fcm', times: 1, effect, ...more })
const begin = (n: number, to = session) =>
  request(
    to,
    sendHeaders(emulator, token),
    JSON.stringify({ message: { token: phone.address, data: { n: String(n) } } }),
  )
const send = (n: number, to = session) => answerOf(begin(n, to))
/** Unlike `once`, it waits on after an error. */
const closeOf = (ended: EventEmitter) => new Promise<void>((resolve) => ended.on('close', resolve))
const arrived = () => phone.inbox.map(({ data }) => Number(data.n))

describe('An FCM fault', () => {
  it.each(FCM_FAULT_CODES)('answers %s, and the next message is taken', async (code) => {
    fault({ kind: 'error', code })
    const { status, json } = await send(1)
    expect(status).toBe(json.error.code)
    const withoutFcmError = ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'RESOURCE_EXHAUSTED']
    const [detail] = json.error.details ?? []
    if (withoutFcmError.includes(code)) expect([json.error.status, detail]).toEqual([code, undefined])
    else expect(detail.errorCode).toBe(code)
    expect((await send(2)).status).toBe(200)
    expect(emulator.requests.counts().fcm).toEqual({ [code]: 1, accepted: 1 })
  })

  it('says whose quota it is, and when to come again', async () => {
    fault({ kind: 'error', code: 'QUOTA_EXCEEDED', quota: 'topic', retryAfter: 60 })
    const { status, headers, json } = await send(1)
    expect({ status, wait: headers['retry-after'] }).toEqual({ status: 429, wait: '60' })
    expect(json.error.details[1].violations[0]).toMatchObject({ subject: 'topic' })
  })

  it('tells of an APNs key that APNs refuses', async () => {
    fault({ kind: 'error', code: 'THIRD_PARTY_AUTH_ERROR' })
    expect((await send(1)).json.error.details[1]).toMatchObject({ statusCode: 403, reason: 'InvalidProviderToken' })
  })

  it('answers any status with HTML or nothing', async () => {
    fault({ kind: 'status', status: 503, retryAfter: 30, body: '<h1>Oops</h1>' })
    fault({ kind: 'garbage', body: '', delivers: true })
    expect(await send(1)).toMatchObject({ status: 503, body: '<h1>Oops</h1>', headers: { 'retry-after': '30' } })
    expect(await send(2)).toMatchObject({ status: 200, body: '' })
    expect(arrived()).toEqual([2])
  })

  it('strikes only its address', async () => {
    const other = emulator.devices.create({ service: 'fcm' })
    fault({ kind: 'error', code: 'UNAVAILABLE' }, { address: other.address })
    expect((await send(1)).status).toBe(200)
    expect((await post(emulator, token, { message: { token: other.address } })).status).toBe(503)
  })

  it.each([false, true])('cuts the answer off; the message arrives: %s', async (delivers) => {
    fault({ kind: 'torn', delivers })
    await expect(send(1)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' })
    expect(arrived()).toEqual(delivers ? [1] : [])
    expect((await send(2)).status).toBe(200)
  })

  it.each([false, true])('gives no answer, while others are answered; the message arrives: %s', async (delivers) => {
    fault({ kind: 'no-answer', delivers })
    const stream = begin(1)
    stream.on('error', () => {})
    expect((await send(2)).status).toBe(200)
    expect(arrived()).toEqual(delivers ? [1, 2] : [2])
    expect(stream.closed).toBe(false)
  })

  it.each([false, true])(
    'resets the connection, with all that is under way; the message arrives: %s',
    async (delivers) => {
      fault({ kind: 'no-answer' })
      fault({ kind: 'reset', delivers })
      const closed = closeOf(session)
      const ends = await Promise.allSettled([send(1), send(2)])
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      await closed
      expect(arrived()).toEqual(delivers ? [2] : [])
    },
  )

  it('refuses a stream, so that it may safely come again', async () => {
    fault({ kind: 'refused-stream' })
    const stream = begin(1)
    await expect(once(stream, 'end')).rejects.toThrow('NGHTTP2_REFUSED_STREAM')
    expect(arrived()).toEqual([])
    expect((await send(1)).status).toBe(200)
    expect(emulator.requests.counts().fcm).toEqual({ 'refused-stream': 1, accepted: 1 })
  })

  it.each([
    ['INTERNAL_ERROR', undefined, true],
    ['INTERNAL_ERROR', 'INTERNAL_ERROR', false],
    ['CANCEL', 'CANCEL', true],
  ] as const)('resets a stream with %s', async (name, code, delivers) => {
    fault({ kind: 'stream-reset', code, delivers })
    const stream = begin(1)
    stream.on('error', () => {})
    await closeOf(stream)
    expect(stream.rstCode).toBe(constants[`NGHTTP2_${name}`])
    expect(arrived()).toEqual(delivers ? [1] : [])
  })

  it('resets the connection of a client that speaks HTTP/1.1', async () => {
    fault({ kind: 'refused-stream' })
    const { ':path': path, ...headers } = sendHeaders(emulator, token)
    const agent = new Agent({ ca: emulator.ca })
    const { promise, reject } = Promise.withResolvers<never>()
    const legacy = httpsRequest(`${emulator.services.fcm.url}${path}`, { method: 'POST', headers, agent }, () => {
      reject(new Error('there was an answer'))
    })
    legacy.on('error', reject)
    legacy.end('{"message":{"topic":"a"}}')
    await expect(promise).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('GOAWAY', () => {
  const goAway = () => once(session, 'goaway') as Promise<[code: number, lastStreamId: number]>

  it('answers the struck request, and leaves the later ones unprocessed', async () => {
    fault({ kind: 'goaway' }, { after: 1 })
    const told = goAway()
    const ends = await Promise.allSettled([1, 2, 3, 4].map((n) => send(n)))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect((await told).slice(0, 2)).toEqual([constants.NGHTTP2_NO_ERROR, 3])
    expect(arrived()).toEqual([1, 2])
    await vi.waitUntil(() => session.closed)
    const next = open(emulator)
    expect((await send(3, next)).status).toBe(200)
    next.destroy()
  })

  it('answers what has begun when it does not refuse the later ones', async () => {
    fault({ kind: 'goaway', refusesLater: false, code: 'NO_ERROR' })
    const ends = await Promise.allSettled([1, 2, 3].map((n) => send(n)))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(arrived()).toEqual([1, 2, 3])
    await vi.waitUntil(() => emulator.fcm.connections === 0)
  })

  it('closes the connection once its streams have been answered', async () => {
    const closed = closeOf(session)
    fault({ kind: 'goaway' })
    expect((await send(1)).status).toBe(200)
    await closed
  })

  it('can carry an error', async () => {
    fault({ kind: 'goaway', code: 'ENHANCE_YOUR_CALM' })
    const told = goAway()
    await Promise.allSettled([send(1)])
    expect((await told).slice(0, 2)).toEqual([constants.NGHTTP2_ENHANCE_YOUR_CALM, 1])
    expect(arrived()).toEqual([1])
  })
})

describe('The stream limit', () => {
  it('is told to clients, and to those that are connected when it changes', async () => {
    await vi.waitUntil(() => session.remoteSettings.maxConcurrentStreams === 100)
    const changed = once(session, 'remoteSettings')
    emulator.fcm.maxStreams = 3
    expect((await changed)[0]).toMatchObject({ maxConcurrentStreams: 3 })
    const next = open(emulator)
    await once(next, 'remoteSettings')
    expect(next.remoteSettings.maxConcurrentStreams).toBe(3)
    next.destroy()
  })

  it.each([0, 1.5, 2 ** 31])('cannot be %s', (maxStreams) => {
    expect(() => {
      emulator.fcm.maxStreams = maxStreams
    }).toThrow(expect.objectContaining({ code: 'EMULATOR_INPUT' }))
  })
})

describe('A fault of the token endpoint', () => {
  const ask = () =>
    askToken(emulator, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion(emulator),
    })

  it.each(OAUTH_ERRORS)('answers %s', async (code) => {
    emulator.faults.add({ service: 'google-oauth', times: 1, effect: { kind: 'error', code } })
    const { status, json } = await ask()
    expect(status).toBeGreaterThanOrEqual(400)
    expect(json).toEqual({ error: code, error_description: expect.any(String) })
    expect((await ask()).status).toBe(200)
  })

  it('answers any status, or resets the stream', async () => {
    const once503 = { kind: 'status', status: 503, retryAfter: 1 } as const
    emulator.faults.add({ service: 'google-oauth', times: 1, effect: once503 })
    emulator.faults.add({ service: 'google-oauth', times: 1, effect: { kind: 'refused-stream' } })
    expect((await ask()).status).toBe(503)
    await expect(ask()).rejects.toThrow('NGHTTP2_REFUSED_STREAM')
  })
})

describe('A rule', () => {
  it.each([
    ['an FCM effect for C2DM', { service: 'c2dm', effect: { kind: 'goaway' } }, /c2dm speaks HTTP\/1\.1/],
    [
      'an FCM error for C2DM',
      { service: 'c2dm', effect: { kind: 'error', code: 'UNREGISTERED' } },
      /not an error of c2dm/,
    ],
    [
      'an address for the token endpoint',
      { service: 'google-oauth', address: 'x', effect: { kind: 'reset' } },
      /address/,
    ],
    ['a registrationId for FCM', { service: 'fcm', registrationId: 'x', effect: { kind: 'reset' } }, /registrationId/],
    ['Update-Client-Auth for FCM', { service: 'fcm', effect: { kind: 'update-client-auth' } }, /only C2DM/],
    [
      'a quota for another error',
      { service: 'fcm', effect: { kind: 'error', code: 'INTERNAL', quota: 'device' } },
      /QUOTA_EXCEEDED/,
    ],
  ])('with %s is refused, and the error says why', (_case, rule, named) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.faults.add(rule)).toThrow(expect.objectContaining({ message: expect.stringMatching(named) }))
  })
})
