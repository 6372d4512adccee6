import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator, type VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createLocalhostCertificate } from '../../../src/emulator/tls/certificate.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { ALERT, open, providerToken, type Sending, send } from './apns-client.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

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

const post = (sending: Partial<Sending> = {}) => send(emulator, session, { to: phone.address, token, ...sending })
const bundleId = () => emulator.credentials.apns.bundleId

describe("The emulator's APNs", () => {
  it('takes a notification, and the device has it', async () => {
    const payload = { aps: { alert: { title: 'Hi' }, badge: 3 }, order: '42', nested: { a: 1 } }
    const headers = { 'apns-collapse-id': 'c1', 'apns-priority': '5' }
    const { status, headers: answered, body } = await post({ body: JSON.stringify(payload), headers })
    expect({ status, body, type: answered['content-type'] }).toEqual({ status: 200, body: '', type: undefined })
    expect(answered['apns-id']).toMatch(UUID)
    expect(answered['apns-unique-id']).toBeUndefined()
    expect(phone.inbox).toEqual([
      {
        sequence: 1,
        receivedAt: expect.any(Number),
        providerId: answered['apns-id'],
        data: { order: '42' },
        collapseKey: 'c1',
        delayWhileIdle: false,
        payload,
        topic: bundleId(),
        pushType: 'alert',
        priority: 5,
      },
    ])
    expect(emulator.requests.recent()[0]).toMatchObject({ service: 'apns', address: phone.address, status: 200 })
  })

  it("gives the apns-id back in lower case, also with an error's reason", async () => {
    const id = randomUUID()
    const headers = { 'apns-id': id.toUpperCase() }
    expect((await post({ headers })).headers['apns-id']).toBe(id)
    expect((await post({ headers, to: 'ab'.repeat(32) })).headers['apns-id']).toBe(id)
  })

  it('takes a device token in upper case', async () => {
    expect((await post({ to: phone.address.toUpperCase() })).status).toBe(200)
    expect(phone.inbox).toHaveLength(1)
  })

  it('speaks HTTP/2 only', async () => {
    const { hostname, port } = new URL(emulator.services.apns.url)
    const options = { host: hostname, port: Number(port), ca: emulator.ca }
    const refused = connectTls({ ...options, ALPNProtocols: ['http/1.1'] })
    await once(refused, 'error')
    const silent = connectTls(options)
    silent.on('error', () => {})
    silent.resume()
    await once(silent, 'close')
  })

  it('gives a unique id in the sandbox, and knows whose token belongs where', async () => {
    const other = emulator.devices.create({ service: 'apns', environment: 'sandbox' })
    const sandbox = await open(emulator, {}, true)
    const taken = await send(emulator, sandbox, { to: other.address, token })
    expect(taken).toMatchObject({ status: 200, headers: { 'apns-unique-id': expect.stringMatching(UUID) } })
    const wrong = [await send(emulator, sandbox, { to: phone.address, token }), await post({ to: other.address })]
    for (const { status, json } of wrong) expect([status, json]).toEqual([400, { reason: 'BadDeviceToken' }])
    sandbox.destroy()
  })
})

describe('A provider token', () => {
  const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds

  it.each<[string, string, () => string | undefined]>([
    ['is missing', 'MissingProviderToken', () => undefined],
    ['is no JWT', 'InvalidProviderToken', () => 'nonsense'],
    ['is of another key', 'InvalidProviderToken', () => providerToken(emulator, {}, {}, otherKey())],
    ['names another key id', 'InvalidProviderToken', () => providerToken(emulator, {}, { kid: 'AAAAAAAAAA' })],
    ['names no key id', 'InvalidProviderToken', () => providerToken(emulator, {}, { kid: undefined })],
    ['names another team', 'InvalidProviderToken', () => providerToken(emulator, { iss: 'AAAAAAAAAA' })],
    ['names another algorithm', 'InvalidProviderToken', () => providerToken(emulator, {}, { alg: 'HS256' })],
    ['is from the future', 'InvalidProviderToken', () => providerToken(emulator, { iat: ago(-120) })],
    ['is older than an hour', 'ExpiredProviderToken', () => providerToken(emulator, { iat: ago(3605) })],
  ])('that %s is answered %s', async (_case, reason, make) => {
    const made = make()
    const authorization = made === undefined ? {} : { authorization: `bearer ${made}` }
    const { status, json } = await send(emulator, session, { to: phone.address, headers: authorization })
    expect([status, json]).toEqual([403, { reason }])
    expect(emulator.requests.counts().apns).toEqual({ [reason]: 1 })
    expect(phone.inbox).toEqual([])
  })

  it('is good for an hour, whatever the case of its scheme', async () => {
    const old = providerToken(emulator, { iat: ago(3590) })
    expect((await post({ headers: { authorization: `Bearer ${old}` } })).status).toBe(200)
  })

  it('is not taken while its key is revoked', async () => {
    emulator.apns.revokeKey()
    expect((await post()).json).toEqual({ reason: 'InvalidProviderToken' })
    emulator.apns.restoreKey()
    expect((await post()).status).toBe(200)
  })

  it('made sooner than 20 minutes after the last one is one too many on that connection; the last one stays good', async () => {
    expect((await post({ token: providerToken(emulator, { iat: ago(1300) }) })).status).toBe(200)
    expect((await post()).status).toBe(200)
    const soon = await post({ token: providerToken(emulator) })
    expect([soon.status, soon.json]).toEqual([429, { reason: 'TooManyProviderTokenUpdates' }])
    expect((await post()).status).toBe(200)
    const other = await open(emulator)
    expect((await send(emulator, other, { to: phone.address, token: providerToken(emulator) })).status).toBe(200)
    other.destroy()
  })

  it('can be told to be expired, and the next one may come at once', async () => {
    await post()
    emulator.expireTokens('apns')
    expect((await post()).json).toEqual({ reason: 'ExpiredProviderToken' })
    expect((await post({ token: providerToken(emulator) })).status).toBe(200)
  })
})

describe('A client certificate', () => {
  const certified = (more: object = {}) => {
    const { certificate: cert, certificateKey: key } = emulator.credentials.apns
    return open(emulator, { cert, key, ...more })
  }

  it('stands in the place of a token, and its bundle id in that of the topic', async () => {
    const known = await certified()
    expect(known.remoteSettings.maxConcurrentStreams).toBe(1000)
    const headers = { 'apns-topic': undefined, 'apns-push-type': 'voip' }
    expect((await send(emulator, known, { to: phone.address, headers })).status).toBe(200)
    expect(phone.inbox[0]?.topic).toBe(`${bundleId()}.voip`)
    known.destroy()
  })

  it('of another authority is answered BadCertificate', async () => {
    const stranger = createLocalhostCertificate(systemRandom).issueClient({ commonName: 'a', userId: bundleId() })
    const unknown = await certified(stranger)
    const { status, json } = await send(emulator, unknown, { to: phone.address, token })
    expect([status, json]).toEqual([403, { reason: 'BadCertificate' }])
    unknown.destroy()
  })

  it('cannot send location pushes', async () => {
    const known = await certified()
    const headers = { 'apns-push-type': 'location', 'apns-topic': `${bundleId()}.location-query` }
    const { json } = await send(emulator, known, { to: phone.address, headers })
    expect(json).toEqual({ reason: 'InvalidPushType' })
    known.destroy()
  })
})

describe('A request to APNs', () => {
  it.each<[number, string, string, () => Partial<Sending>]>([
    [404, 'BadPath', 'to another path', () => ({ headers: { ':path': '/2/device/aa' } })],
    [404, 'BadPath', 'with a query', () => ({ headers: { ':path': `/3/device/${phone.address}?a=b` } })],
    [405, 'MethodNotAllowed', 'that is no POST', () => ({ headers: { ':method': 'PUT' } })],
    [400, 'MissingDeviceToken', 'without a device token', () => ({ to: '' })],
    [400, 'BadDeviceToken', 'with a token that is not hexadecimal', () => ({ to: 'xyz' })],
    [400, 'BadDeviceToken', 'with a token that no device has', () => ({ to: 'ab'.repeat(32) })],
    [400, 'BadMessageId', 'with an apns-id that is no UUID', () => ({ headers: { 'apns-id': '42' } })],
    [400, 'DuplicateHeaders', 'with two priorities', () => ({ headers: { 'apns-priority': ['10', '5'] } })],
    [400, 'InvalidPushType', 'with a push type that is none', () => ({ headers: { 'apns-push-type': 'news' } })],
    [400, 'MissingTopic', 'without a topic', () => ({ headers: { 'apns-topic': undefined } })],
    [400, 'BadTopic', 'with a topic that cannot be one', () => ({ headers: { 'apns-topic': 'my app' } })],
    [400, 'BadTopic', 'with the topic of another push type', () => ({ headers: { 'apns-push-type': 'voip' } })],
    [400, 'TopicDisallowed', "with another app's topic", () => ({ headers: { 'apns-topic': 'com.example.other' } })],
    [400, 'BadPriority', 'with a priority that is none', () => ({ headers: { 'apns-priority': '7' } })],
    [
      400,
      'BadPriority',
      'in the background that wants to wake',
      () => ({ headers: { 'apns-push-type': 'background', 'apns-priority': '10' } }),
    ],
    [400, 'BadExpirationDate', 'that expires at no time', () => ({ headers: { 'apns-expiration': 'soon' } })],
    [400, 'BadCollapseId', 'with a long collapse id', () => ({ headers: { 'apns-collapse-id': 'c'.repeat(65) } })],
    [400, 'PayloadEmpty', 'without a payload', () => ({ body: '' })],
    [413, 'PayloadTooLarge', 'with more than 4096 bytes', () => ({ body: payloadOf(4097) })],
    [413, 'PayloadTooLarge', 'with very many bytes', () => ({ body: payloadOf(100_000) })],
  ])('is answered %i %s %s', async (status, reason, _case, sending) => {
    const answer = await post(sending())
    expect([answer.status, answer.json]).toEqual([status, { reason }])
    expect(emulator.requests.counts().apns).toEqual({ [reason]: 1 })
    expect(phone.inbox).toEqual([])
  })

  it.each([
    ['is not JSON', 'hello', {}],
    ['is not UTF-8', Buffer.from('7b22617073223a7b7d2c2261223a22ff227d', 'hex'), {}],
    ['is no object', '[]', {}],
    ['has no aps', '{"a":1}', {}],
    ['is compressed', ALERT, { 'content-encoding': 'gzip' }],
  ])('whose payload %s counts as malformed', async (_case, body, headers) => {
    expect((await post({ body, headers })).status).toBe(400)
    expect(emulator.requests.counts().apns).toEqual({ malformed: 1 })
    expect(emulator.requests.recent()[0]?.objection).toMatch(/payload/)
  })

  it('may have 4096 bytes, and 5120 with the push type voip', async () => {
    const voip = { 'apns-push-type': 'voip', 'apns-topic': `${bundleId()}.voip` }
    expect((await post({ body: payloadOf(4096) })).status).toBe(200)
    expect((await post({ body: payloadOf(5120), headers: voip })).status).toBe(200)
    expect((await post({ body: payloadOf(5121), headers: voip })).status).toBe(413)
  })

  it.each([
    ['background', '', { aps: { 'content-available': 1 } }],
    ['voip', '.voip', { call: '1' }],
    ['complication', '.complication', { a: '1' }],
    ['fileprovider', '.pushkit.fileprovider', { domain: 'a' }],
    ['location', '.location-query', {}],
    ['liveactivity', '.push-type.liveactivity', { aps: { event: 'update' } }],
    ['pushtotalk', '.voip-ptt', {}],
    ['controls', '.push-type.controls', { aps: {} }],
    ['widgets', '.push-type.widgets', { aps: {} }],
  ])('of the push type %s is taken with its topic', async (type, suffix, payload) => {
    const headers = { 'apns-push-type': type, 'apns-topic': `${bundleId()}${suffix}`, 'apns-priority': '5' }
    expect((await post({ headers, body: JSON.stringify(payload) })).status).toBe(200)
  })

  it('may leave out its push type and priority', async () => {
    expect((await post({ headers: { 'apns-push-type': undefined } })).status).toBe(200)
    expect(phone.inbox[0]).toMatchObject({ pushType: undefined, priority: 10 })
  })
})

function otherKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function payloadOf(bytes: number): string {
  const around = JSON.stringify({ aps: {}, x: '' })
  return JSON.stringify({ aps: {}, x: 'x'.repeat(bytes - around.length) })
}
