import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'
import { answerOf } from './fcm-client.ts'
import { begin, encrypt, http1, newVapidKeys, openSession, type Push, push, pushOf, vapid } from './webpush-client.ts'

let emulator: Emulator
let browser: VirtualDevice
let clock: ShiftedClock

beforeEach(async () => {
  clock = createShiftedClock()
  emulator = await createEmulator({ clock })
  browser = emulator.devices.create({ service: 'webpush' })
})
afterEach(() => emulator.close())

const send = (given: Push = {}, to = browser) => push(emulator, to, given)
const endpointOf = (device: VirtualDevice) => device.subscription?.endpoint ?? ''
const now = () => Math.floor(clock.now() / 1000)

describe('A push message', () => {
  it('is decrypted and arrives, with its topic and urgency', async () => {
    const text = JSON.stringify({ confirmationToken: 'a-secret', count: 2, title: 'Hällo' })
    const { status, headers, body } = await send({ text, headers: { topic: 'news', urgency: 'high' } })
    expect([status, headers.ttl, body]).toEqual([201, '60', ''])
    const location = String(headers.location)
    expect(location).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/m\/[\w-]+$/)
    expect(browser.inbox).toEqual([
      {
        sequence: 1,
        receivedAt: expect.any(Number),
        providerId: location.split('/m/')[1],
        plaintext: text,
        data: { confirmationToken: 'a-secret', title: 'Hällo' },
        collapseKey: 'news',
        urgency: 'high',
        delayWhileIdle: false,
      },
    ])
    expect(emulator.requests.counts().webpush).toEqual({ accepted: 1 })
    expect(emulator.requests.recent()[0]).toMatchObject({ service: 'webpush', address: browser.address, status: 201 })
  })

  it.each(['', 'plain text', '[1]', '"a"', 'null'])('may say %j', async (text) => {
    await send({ text })
    expect(browser.inbox).toMatchObject([{ plaintext: text, data: {} }])
  })

  it('may have no body', async () => {
    expect((await send()).status).toBe(201)
    expect(browser.inbox).toMatchObject([{ urgency: 'normal', collapseKey: '', data: {} }])
    expect(browser.inbox[0]).not.toHaveProperty('plaintext')
  })

  it('may have 4096 bytes, and not one more', async () => {
    const longest = 'x'.repeat(3993)
    expect((await send({ text: longest })).status).toBe(201)
    const { status, json } = await send({ text: `${longest}x` })
    expect([status, json.errno, json.code]).toEqual([413, 104, 413])
    expect((await send({ body: Buffer.alloc(100_000) })).status).toBe(413)
    expect(browser.inbox).toHaveLength(1)
    expect(emulator.requests.counts().webpush).toEqual({ accepted: 1, PayloadTooLarge: 2 })
  })

  it('comes over HTTP/1.1 too, with TLS and without', async () => {
    const { endpoint, body, headers } = pushOf(browser, { text: 'one' })
    const tls = await http1(emulator, endpoint, { method: 'POST', headers, body })
    expect([tls.status, tls.headers.location]).toEqual([201, expect.stringMatching(/^https:/)])
    const plain = endpoint.replace(emulator.services.webpush.url, emulator.services.webpush.plainUrl)
    const second = pushOf(browser, { text: 'two', endpoint: plain })
    const answer = await http1(emulator, plain, { method: 'POST', headers: second.headers, body: second.body })
    expect([answer.status, answer.headers.location]).toEqual([201, expect.stringMatching(/^http:/)])
    expect(browser.inbox.map(({ plaintext }) => plaintext)).toEqual(['one', 'two'])
  })

  it('that its device cannot decrypt is taken, does not arrive, and is told of', async () => {
    const other = emulator.devices.create({ service: 'webpush' })
    const body = encrypt(Buffer.from('hi'), other.subscription?.keys ?? { p256dh: '', auth: '' })
    expect((await send({ body })).status).toBe(201)
    expect(browser.inbox).toEqual([])
    expect(emulator.requests.recent()[0]).toMatchObject({
      outcome: 'undecryptable',
      objection: expect.stringContaining('does not open'),
    })
  })

  it('is kept for 30 days at most', async () => {
    expect((await send({ headers: { ttl: '99999999' } })).headers.ttl).toBe('2592000')
  })
})

describe('A push request that is wrong', () => {
  it.each([
    ['without a TTL', { ttl: undefined }, 400, 111],
    ['with a TTL that is no number', { ttl: '1h' }, 400, 111],
    ['with a negative TTL', { ttl: '-1' }, 400, 114],
    ['with a topic of 33 characters', { topic: 'x'.repeat(33) }, 400, 113],
    ['with a topic of other characters', { topic: 'a.b' }, 400, 113],
    ['with an empty topic', { topic: '' }, 400, 113],
    ['with an urgency that is none', { urgency: 'urgent' }, 400, null],
    ['without a Content-Encoding', { 'content-encoding': undefined }, 400, 110],
    ['in the older aesgcm', { 'content-encoding': 'aesgcm' }, 400, 110],
    ['with a salt in a header', { encryption: 'salt=abc' }, 400, 110],
    ['with a key in a header', { 'crypto-key': 'dh=abc' }, 400, 110],
  ])('%s is refused and counts as malformed', async (_case, headers, code, errno) => {
    const { status, json } = await send({ text: 'hi', headers })
    expect([status, json]).toEqual([
      code,
      { code, errno, error: 'Bad Request', message: expect.any(String), more_info: expect.stringContaining('http') },
    ])
    expect(emulator.requests.recent()[0]).toMatchObject({ outcome: 'malformed', objection: expect.any(String) })
    expect(browser.inbox).toEqual([])
  })

  it.each(['GET', 'PUT', 'DELETE'])('by its method %s is answered 405', async (method) => {
    expect((await http1(emulator, endpointOf(browser), { method })).status).toBe(405)
  })

  it.each([
    ['/wpush/v2/never-made', 404, 102],
    ['/wpush/v2/', 404, 102],
    ['/wpush/v3/abc/def', 404, 102],
    ['/elsewhere', 404, 102],
    [`/wpush/v2/gAAAAA${'x'.repeat(120)}`, 410, 106],
  ])('because nothing is at %s says so', async (path, status, errno) => {
    const answer = await send({ endpoint: `${emulator.services.webpush.url}${path}` })
    expect([answer.status, answer.json.errno]).toEqual([status, errno])
  })

  it('for a device that was removed is answered 410, which may be cached for a day', async () => {
    emulator.devices.remove(browser.id)
    const { status, headers, json } = await send()
    expect([status, json.errno, json.message]).toEqual([410, 106, 'No such subscription'])
    expect(headers['cache-control']).toBe('max-age=86400')
  })
})

describe('VAPID', () => {
  const keys = newVapidKeys()
  const others = newVapidKeys()
  const signed = (options: Parameters<typeof vapid>[2] = {}) => vapid(endpointOf(browser), keys, options)
  const attempt = (authorization: string | undefined) => send({ headers: { authorization } })

  it.each([
    ['no Authorization', () => undefined, 'Missing VAPID public key'],
    ['another scheme', () => signed().replace('vapid', 'Basic'), 'Unknown auth scheme'],
    ['no token', () => `vapid k=${keys.publicKey}`, 'Missing VAPID token'],
    ['no key', () => signed().replace(/,.*/, ''), 'Missing VAPID public key'],
    ['a key with padding', () => signed({ k: `${keys.publicKey}=` }), 'Invalid VAPID public key'],
    ['a key that is no point', () => signed({ k: `B${'A'.repeat(86)}` }), 'Invalid VAPID public key'],
    ['a key that did not sign', () => signed({ k: others.publicKey }), 'Invalid VAPID token'],
    ['a DER signature', () => signed({ dsaEncoding: 'der' }), 'Invalid VAPID token'],
    ['no JWT', () => `vapid t=abc, k=${keys.publicKey}`, 'Invalid VAPID token'],
    ['another algorithm', () => signed({ header: { alg: 'HS256' } }), 'Invalid VAPID token'],
    ['no exp', () => signed({ claims: { exp: undefined } }), 'Invalid VAPID token'],
    ['an exp in text', () => signed({ claims: { exp: '99999999999' } }), 'Invalid VAPID token'],
    ['an exp that is over', () => signed({ claims: { exp: now() - 1 } }), 'Invalid VAPID token'],
    ['an exp too far ahead', () => signed({ claims: { exp: now() + 86_460 } }), 'expiration is too long'],
    ['another audience', () => signed({ claims: { aud: 'https://push.example' } }), 'Invalid VAPID audience'],
    ['the endpoint as audience', () => signed({ claims: { aud: endpointOf(browser) } }), 'Invalid VAPID audience'],
    ['a contact that is none', () => signed({ claims: { sub: 'ops@example.com' } }), 'Invalid VAPID token'],
  ])('with %s is answered 401', async (_case, authorization, message) => {
    const { status, json } = await attempt(authorization())
    expect([status, json.errno, json.message]).toEqual([401, 109, expect.stringContaining(message)])
    expect(emulator.requests.recent()[0]).toMatchObject({ outcome: 'unauthorized', objection: expect.any(String) })
  })

  it.each([
    ['without sub', { claims: { sub: undefined } }],
    ['with a web page as contact', { claims: { sub: 'https://example.com/contact' } }],
    ['without typ', { header: { typ: undefined } }],
    ['for 24 hours', { claims: { exp: Math.floor(Date.now() / 1000) + 86_399 } }],
  ])('%s is taken', async (_case, options) => {
    expect((await attempt(signed(options))).status).toBe(201)
  })

  it('is taken with its parts in any order and quoted', async () => {
    const [, token] = /t=([^,]+)/.exec(signed()) ?? []
    expect((await attempt(`Vapid k="${keys.publicKey}",t="${token}"`)).status).toBe(201)
  })

  it('binds a subscription to the first key that is right', async () => {
    expect((await attempt(signed({ k: others.publicKey }))).status).toBe(401)
    expect((await attempt(signed())).status).toBe(201)
    const { status, json } = await attempt(vapid(endpointOf(browser), others))
    expect([status, json.errno, json.message]).toEqual([401, 109, 'VAPID public key mismatch'])
    expect(emulator.requests.count('webpush', 'KeyMismatch')).toBe(1)
    expect((await attempt(signed())).status).toBe(201)
  })

  it('is held to the key that the subscription was made with', async () => {
    browser = emulator.devices.create({ service: 'webpush', applicationServerKey: others.publicKey })
    expect((await attempt(signed())).json.message).toBe('VAPID public key mismatch')
    expect((await attempt(vapid(endpointOf(browser), others))).status).toBe(201)
  })

  it('dies as time passes', async () => {
    const authorization = signed()
    expect((await attempt(authorization)).status).toBe(201)
    clock.advance(3_600_000)
    expect((await attempt(authorization)).status).toBe(401)
  })
})

describe('The message resource', () => {
  const remove = (location: unknown) => http1(emulator, String(location), { method: 'DELETE' })

  it('takes back a message that has not arrived', async () => {
    browser.state = 'offline'
    const kept = await send({ text: 'stays' })
    const { headers } = await send({ text: 'goes' })
    expect(browser.waiting).toBe(2)
    expect((await remove(headers.location)).status).toBe(204)
    browser.state = 'active'
    expect(browser.inbox.map(({ plaintext }) => plaintext)).toEqual(['stays'])
    expect((await remove(kept.headers.location)).status).toBe(204)
    expect(emulator.requests.counts().webpush).toEqual({ accepted: 2, deleted: 2 })
  })

  it('is not at an id that is none, and takes nothing but DELETE', async () => {
    const { url } = emulator.services.webpush
    expect((await remove(`${url}/m/nothing`)).status).toBe(400)
    expect((await http1(emulator, `${url}/m/nothing`, { method: 'GET' })).status).toBe(405)
  })
})

describe('Web Push in bench mode', () => {
  it('takes messages for any address, checks one in a hundred and keeps nothing', async () => {
    await using bench = await createEmulator({ bench: true })
    const device = bench.devices.create({ service: 'webpush' })
    const endpoint = `${bench.services.webpush.url}/wpush/v2/nobody`
    const session = openSession(bench)
    const right = { endpoint, text: 'hi' }
    const answers = await Promise.all(Array.from({ length: 150 }, () => answerOf(begin(session, device, right))))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(answers[0]?.headers).toMatchObject({ ttl: '60', location: expect.stringContaining('/m/') })
    const wrong = { endpoint, text: 'hi', headers: { ttl: undefined } }
    const others = Array.from({ length: 50 }, () => answerOf(begin(session, device, wrong)))
    const statuses = (await Promise.all(others)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 400)).toHaveLength(1)
    session.destroy()
    expect(bench.requests.counts().webpush).toEqual({ accepted: 199, malformed: 1 })
    expect(bench.requests.recent()).toEqual([])
    expect(device.inbox).toEqual([])
  })

  it('is as quick with HTTP/1.1', async () => {
    await using bench = await createEmulator({ bench: true })
    const device = bench.devices.create({ service: 'webpush' })
    const { endpoint, body, headers } = pushOf(device, { text: 'hi', headers: { authorization: undefined } })
    const statuses: number[] = []
    for (let n = 0; n < 100; n++) {
      statuses.push((await http1(bench, endpoint, { method: 'POST', headers, body })).status)
    }
    expect([statuses.filter((status) => status === 201).length, statuses[99]]).toEqual([99, 401])
  })
})
