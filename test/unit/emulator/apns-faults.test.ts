import { type EventEmitter, once } from 'node:events'
import { type ClientHttp2Session, constants } from 'node:http2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createEmulator,
  type Emulator,
  type FaultEffect,
  type VirtualDevice,
} from '../../../src/emulator/create-emulator.ts'
import { APNS_REASON_STATUS, APNS_REASONS } from '../../../src/protocols/apns.ts'
import { begin, open, providerToken } from './apns-client.ts'
import { answerOf } from './fcm-client.ts'

let emulator: Emulator
let phone: VirtualDevice
let session: ClientHttp2Session
let token: string

beforeEach(async () => {
  emulator = await createEmulator()
  phone = emulator.devices.create({ service: 'apns' })
  session = await open(emulator)
  token = providerToken(emulator)
})
afterEach(async () => {
  session.destroy()
  await emulator.close()
})

const fault = (effect: FaultEffect, more: object = {}) =>
  emulator.faults.add({ service: 'apns', times: 1, effect, ...more })
const start = (n: number, to = session) =>
  begin(emulator, to, { to: phone.address, token, body: JSON.stringify({ aps: {}, n: String(n) }) })
const post = (n: number, to = session) => answerOf(start(n, to))
const arrived = () => phone.inbox.map(({ data }) => Number(data.n))
/** Unlike `once`, it waits on after an error. */
const closeOf = (ended: EventEmitter) => new Promise<void>((resolve) => ended.on('close', resolve))
/** The connection is known, and has room for many streams. */
const known = () => Promise.all([once(session, 'remoteSettings'), post(0)])

describe('An APNs fault', () => {
  it.each(APNS_REASONS)('answers %s, and the next notification is taken', async (code) => {
    fault({ kind: 'error', code })
    const before = Date.now()
    const { status, json, headers } = await post(1)
    expect(status).toBe(APNS_REASON_STATUS[code])
    expect(headers['apns-id']).toBeDefined()
    if (status === 410) expect(json.timestamp).toBeGreaterThanOrEqual(before)
    else expect(json).toEqual({ reason: code })
    expect((await post(2)).status).toBe(200)
    expect(arrived()).toEqual([2])
    expect(emulator.requests.counts().apns).toEqual({ [code]: 1, accepted: 1 })
  })

  it('answers any status, also when the notification was taken', async () => {
    fault({ kind: 'status', status: 503, body: '<h1>Oops</h1>', delivers: true })
    expect(await post(1)).toMatchObject({ status: 503, body: '<h1>Oops</h1>' })
    expect(arrived()).toEqual([1])
  })

  it('strikes only its address', async () => {
    const other = emulator.devices.create({ service: 'apns' })
    fault({ kind: 'error', code: 'InternalServerError' }, { address: other.address })
    expect((await post(1)).status).toBe(200)
    expect((await answerOf(begin(emulator, session, { to: other.address, token }))).status).toBe(500)
  })

  it('takes a notification and never answers', async () => {
    fault({ kind: 'no-answer', delivers: true })
    const stream = start(1)
    expect((await phone.nextMessage()).data).toEqual({ n: '1' })
    expect(stream.closed).toBe(false)
    stream.close(constants.NGHTTP2_CANCEL)
    await closeOf(stream)
  })

  it.each([
    ['refused-stream', { kind: 'refused-stream' }, constants.NGHTTP2_REFUSED_STREAM, []],
    ['stream-reset', { kind: 'stream-reset', code: 'CANCEL', delivers: true }, constants.NGHTTP2_CANCEL, [1]],
    ['stream-reset', { kind: 'stream-reset' }, constants.NGHTTP2_INTERNAL_ERROR, []],
    // The answer's end is missing, which the client's HTTP/2 library finds by itself.
    ['torn', { kind: 'torn' }, constants.NGHTTP2_PROTOCOL_ERROR, []],
    ['torn', { kind: 'torn', delivers: true }, constants.NGHTTP2_PROTOCOL_ERROR, [1]],
  ] as const)('ends the stream: %s %j', async (outcome, effect, rstCode, messages) => {
    fault(effect)
    const stream = start(1)
    stream.on('error', () => {})
    stream.resume()
    await closeOf(stream)
    expect(stream.rstCode).toBe(rstCode)
    expect(arrived()).toEqual(messages)
    expect(emulator.requests.counts().apns).toEqual({ [outcome]: 1 })
  })

  it('resets the connection', async () => {
    fault({ kind: 'reset' })
    const stream = start(1)
    stream.on('error', () => {})
    await closeOf(session)
  })

  it('ends the connection in the middle of a batch: later streams are left, and the GOAWAY names the last one and why', async () => {
    await known()
    fault({ kind: 'goaway' }, { after: 2 })
    const goAway = once(session, 'goaway')
    const streams = [1, 2, 3, 4, 5].map((n) => start(n))
    const ends = await Promise.allSettled(streams.map(answerOf))
    const [code, lastStreamId, debugData] = await goAway
    expect([code, JSON.parse(Buffer.from(debugData).toString())]).toEqual([
      constants.NGHTTP2_NO_ERROR,
      { reason: 'Shutdown' },
    ])
    expect(lastStreamId).toBe(streams[2]?.id)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(arrived()).toEqual([0, 1, 2, 3])
  })

  it('says another reason in its GOAWAY', async () => {
    fault({ kind: 'goaway', code: 'ENHANCE_YOUR_CALM', reason: 'IdleTimeout' })
    // Unlike `once`, it waits on when the session fails of it.
    const goAway = new Promise<[number, number, Buffer]>((resolve) =>
      session.on('goaway', (...frame: [number, number, Buffer]) => resolve(frame)),
    )
    start(1).on('error', () => {})
    const [code, , debugData] = await goAway
    expect(code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    expect(Buffer.from(debugData).toString()).toBe('{"reason":"IdleTimeout"}')
  })

  it.each([
    { service: 'apns', effect: { kind: 'error', code: 'UNREGISTERED' } },
    { service: 'fcm', effect: { kind: 'error', code: 'Unregistered' } },
    { service: 'apns', registrationId: 'a', effect: { kind: 'reset' } },
    { service: 'apns', effect: { kind: 'update-client-auth' } },
    { service: 'fcm', effect: { kind: 'goaway', reason: 'Shutdown' } },
  ])('that makes no sense is refused: %j', (rule) => {
    // @ts-expect-error: what a caller without types may pass.
    expect(() => emulator.faults.add(rule)).toThrow(expect.objectContaining({ code: 'EMULATOR_INPUT' }))
  })
})
