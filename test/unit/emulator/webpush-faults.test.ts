import { once } from 'node:events'
import { type ClientHttp2Session, constants } from 'node:http2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createEmulator,
  type Emulator,
  type FaultEffect,
  type VirtualDevice,
} from '../../../src/emulator/create-emulator.ts'
import { AUTOPUSH_FAULT_CODES } from '../../../src/emulator/webpush/autopush-error.ts'
import { AUTOPUSH_ERRORS } from '../../../src/protocols/web-push.ts'
import { answerOf } from './fcm-client.ts'
import { begin, http1, openSession, pushOf } from './webpush-client.ts'

let emulator: Emulator
let browser: VirtualDevice
let session: ClientHttp2Session

beforeEach(async () => {
  emulator = await createEmulator()
  browser = emulator.devices.create({ service: 'webpush' })
  session = openSession(emulator)
  await once(session, 'connect')
})
afterEach(async () => {
  session.destroy()
  await emulator.close()
})

const fault = (effect: FaultEffect, more: object = {}) =>
  emulator.faults.add({ service: 'webpush', times: 1, effect, ...more })
const start = (n: number, to = browser) => begin(session, to, { text: String(n) })
const send = (n: number, to = browser) => answerOf(start(n, to))
const arrived = () => browser.inbox.map(({ plaintext }) => Number(plaintext))

describe('A Web Push fault', () => {
  it.each(AUTOPUSH_FAULT_CODES)('answers %s as autopush does, and the next message is taken', async (code) => {
    fault({ kind: 'error', code })
    const { status, json } = await send(1)
    const { errno, message } = AUTOPUSH_ERRORS[code]
    expect(json).toMatchObject({ code: AUTOPUSH_ERRORS[code].status, errno, message })
    expect(status).toBe(json.code)
    expect((await send(2)).status).toBe(201)
    expect(emulator.requests.counts().webpush).toEqual({ [code]: 1, accepted: 1 })
  })

  it('says when to come again: after 120 seconds, unless it is told', async () => {
    fault({ kind: 'error', code: 'TooManyRequests', retryAfter: 7 })
    fault({ kind: 'error', code: 'TooManyRequests' })
    fault({ kind: 'status', status: 503, retryAfter: 30 })
    const waits = [await send(1), await send(1), await send(1)].map(({ headers }) => headers['retry-after'])
    expect(waits).toEqual(['7', '120', '30'])
  })

  it('strikes only its address', async () => {
    const other = emulator.devices.create({ service: 'webpush' })
    fault({ kind: 'error', code: 'NoSubscription' }, { address: other.address })
    expect((await send(1)).status).toBe(201)
    expect((await send(1, other)).status).toBe(410)
  })

  it.each([false, true])('gives no answer, cuts it off or resets the connection; arrives: %s', async (delivers) => {
    fault({ kind: 'no-answer', delivers })
    fault({ kind: 'torn', delivers })
    fault({ kind: 'reset', delivers })
    start(1).on('error', () => {})
    await expect(send(2)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' })
    await expect(send(3)).rejects.toThrow()
    expect(arrived()).toEqual(delivers ? [1, 2, 3] : [])
  })

  it('ends an HTTP/2 connection with GOAWAY', async () => {
    fault({ kind: 'goaway' }, { after: 1 })
    const told = once(session, 'goaway')
    const ends = await Promise.allSettled([1, 2, 3].map((n) => send(n)))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect((await told).slice(0, 2)).toEqual([constants.NGHTTP2_NO_ERROR, 3])
    await vi.waitUntil(() => emulator.webpush.connections === 0)
  })

  it('strikes HTTP/1.1 too', async () => {
    fault({ kind: 'reset' })
    const { endpoint, body, headers } = pushOf(browser, { text: '1' })
    await expect(http1(emulator, endpoint, { method: 'POST', headers, body })).rejects.toMatchObject({
      code: 'ECONNRESET',
    })
  })

  it('has the errors of autopush only, and no registrationId', () => {
    expect(() => fault({ kind: 'error', code: 'UNREGISTERED' })).toThrow(/not an error of webpush/)
    expect(() => fault({ kind: 'reset' }, { registrationId: 'a' })).toThrow(/registrationId/)
  })
})

it('The stream limit of Web Push is told to clients', async () => {
  await vi.waitUntil(() => session.remoteSettings.maxConcurrentStreams === 100)
  const changed = once(session, 'remoteSettings')
  emulator.webpush.maxStreams = 3
  expect((await changed)[0]).toMatchObject({ maxConcurrentStreams: 3 })
  emulator.reset()
  expect(emulator.webpush.maxStreams).toBe(100)
})
