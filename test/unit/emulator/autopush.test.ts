import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { createManualClock, type ManualClock } from '../../kit/manual-clock.ts'
import { AutopushClient } from './autopush-client.ts'
import { http1, newVapidKeys, type PushAnswer, vapid } from './webpush-client.ts'

const CHANNEL = '0b2bb4ec-4a87-4d29-8b46-1b1b1f2a7c5e'
const OTHER_CHANNEL = '1c3cc5fd-5b98-4e3a-9c57-2c2c2a3b8d6f'
const keys = newVapidKeys()

let emulator: Emulator
let browser: AutopushClient
const opened: AutopushClient[] = []

async function connect(to = emulator): Promise<AutopushClient> {
  const client = await AutopushClient.connect(to.services.webpush.autopushUrl)
  opened.push(client)
  return client
}

beforeEach(async () => {
  emulator = await createEmulator()
  browser = await connect()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.end()))
  await emulator.close()
})

/** The body is for the browser alone, so the emulator sees any bytes. */
function push(endpoint: string, body = 'sealed', headers: Record<string, string> = {}): Promise<PushAnswer> {
  const all = { ttl: '60', 'content-encoding': 'aes128gcm', authorization: vapid(endpoint, keys), ...headers }
  return http1(emulator, endpoint, { method: 'POST', headers: all, body: Buffer.from(body) })
}

const sealed = (text: string) => Buffer.from(text).toString('base64url')

async function subscribed(client = browser): Promise<{ uaid: string; endpoint: string }> {
  const { uaid } = await client.hello()
  return { uaid, endpoint: await client.register(CHANNEL, `${keys.publicKey}=`) }
}

describe('A browser', () => {
  it('says hello and is given a uaid; with it, it is known again', async () => {
    const hello = await browser.hello()
    expect(hello).toEqual({
      messageType: 'hello',
      uaid: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 200,
      use_webpush: true,
      broadcasts: {},
    })
    expect((await (await connect()).hello(hello.uaid)).uaid).toBe(hello.uaid)
    expect((await (await connect()).hello('f'.repeat(32))).uaid).not.toBe('f'.repeat(32))
  })

  it('is offered its subprotocol, at / too', async () => {
    expect(browser.protocol).toBe('push-notification')
    const client = await AutopushClient.connect(`${emulator.url.replace('http:', 'ws:')}/`)
    opened.push(client)
    expect((await client.hello()).status).toBe(200)
    await expect(AutopushClient.connect(`${emulator.url.replace('http:', 'ws:')}/elsewhere`)).rejects.toThrow('404')
  })

  it('subscribes, and its subscription is a device', async () => {
    const { endpoint } = await subscribed()
    expect(endpoint).toMatch(new RegExp(`^${emulator.url}/wpush/v2/[\\w-]+$`))
    expect(emulator.devices.get(endpoint)).toMatchObject({ service: 'webpush', address: endpoint, state: 'active' })
    expect(emulator.devices.get(endpoint)?.subscription).toBeUndefined()
    expect(await browser.register(CHANNEL, keys.publicKey)).toBe(endpoint)
  })

  it('gets a message as it was sent, and it arrives when the browser has acknowledged it', async () => {
    const { endpoint } = await subscribed()
    const { status, headers } = await push(endpoint)
    const version = String(headers.location).split('/m/')[1] ?? ''
    expect([status, version]).toEqual([201, expect.stringMatching(/./)])
    expect(await browser.next()).toEqual({
      messageType: 'notification',
      channelID: CHANNEL,
      version,
      data: sealed('sealed'),
      headers: { encoding: 'aes128gcm' },
    })
    const device = emulator.devices.get(endpoint)
    expect(device?.inbox).toEqual([])
    browser.acknowledge(CHANNEL, version)
    expect(await device?.nextMessage()).toMatchObject({ providerId: version, urgency: 'normal' })
    expect(device?.inbox[0]).not.toHaveProperty('encrypted')
  })

  it('gets a message without a body', async () => {
    const { endpoint } = await subscribed()
    await push(endpoint, '')
    expect(await browser.next()).not.toHaveProperty('data')
  })

  it('that cannot decrypt a message is not sent it again, and it does not arrive', async () => {
    const { uaid, endpoint } = await subscribed()
    await push(endpoint)
    browser.acknowledge(CHANNEL, String((await browser.next()).version), 101)
    await push(endpoint, 'second')
    await browser.next()
    await browser.end()
    browser = await connect()
    await browser.hello(uaid)
    expect((await browser.next()).data).toBe(sealed('second'))
    expect(emulator.devices.get(endpoint)?.inbox).toEqual([])
  })

  it('gets what was sent while it was away, in batches of ten, and again what it did not acknowledge', async () => {
    const { uaid, endpoint } = await subscribed()
    await push(endpoint, 'unacknowledged')
    await browser.next()
    await browser.end()
    for (let n = 1; n < 15; n++) await push(endpoint, `${n}`, { topic: n > 12 ? 'same' : `t${n}` })
    await push(endpoint, 'gone', { ttl: '0' })
    expect(emulator.devices.get(endpoint)?.waiting).toBe(14)
    browser = await connect()
    await browser.hello(uaid)
    const batch = await browser.take(10)
    expect(batch.map(({ data }) => data)).toEqual(
      ['unacknowledged', '1', '2', '3', '4', '5', '6', '7', '8', '9'].map(sealed),
    )
    for (const { version } of batch.slice(1)) browser.acknowledge(CHANNEL, String(version))
    expect(await browser.roundTrip()).toEqual([])
    browser.acknowledge(CHANNEL, String(batch[0]?.version))
    expect((await browser.take(4)).map(({ data }) => data)).toEqual(['10', '11', '12', '14'].map(sealed))
  })

  it('that has 150 messages waiting and more is given up', async () => {
    const { uaid, endpoint } = await subscribed()
    await browser.end()
    for (let n = 0; n < 151; n++) await push(endpoint)
    browser = await connect()
    expect((await browser.hello(uaid)).uaid).not.toBe(uaid)
    expect((await push(endpoint)).status).toBe(410)
  }, 20_000)

  it('unsubscribes', async () => {
    const { endpoint } = await subscribed()
    browser.say({ messageType: 'unregister', channelID: CHANNEL, code: 200 })
    expect(await browser.next()).toEqual({ messageType: 'unregister', channelID: CHANNEL, status: 200 })
    expect((await push(endpoint)).status).toBe(410)
  })

  it('may subscribe without a key; then anybody may send', async () => {
    await browser.hello()
    const endpoint = await browser.register(CHANNEL)
    expect(endpoint).toContain('/wpush/v1/')
    const headers = { ttl: '1', 'content-encoding': 'aes128gcm' }
    expect((await http1(emulator, endpoint, { method: 'POST', headers, body: Buffer.from('x') })).status).toBe(201)
    expect((await push(endpoint)).status).toBe(201)
    expect((await push(endpoint.replace('/v1/', '/v2/'))).status).toBe(404)
  })

  it('has its subscription bound to its key', async () => {
    const { endpoint } = await subscribed()
    const { status, json } = await push(endpoint, 'x', { authorization: vapid(endpoint, newVapidKeys()) })
    expect([status, json.message]).toEqual([401, 'VAPID public key mismatch'])
    browser.say({ messageType: 'register', channelID: OTHER_CHANNEL, key: 'abc' })
    expect(await browser.next()).toMatchObject({ status: 400, channelID: OTHER_CHANNEL })
  })

  it('is told of no message that was taken back while it was away', async () => {
    const { uaid, endpoint } = await subscribed()
    await browser.end()
    const { headers } = await push(endpoint, 'first')
    await push(endpoint, 'second')
    await http1(emulator, String(headers.location), { method: 'DELETE' })
    browser = await connect()
    await browser.hello(uaid)
    expect((await browser.next()).data).toBe(sealed('second'))
  })

  it('is replaced by a newer connection of its own', async () => {
    const { uaid, endpoint } = await subscribed()
    const newer = await connect()
    await newer.hello(uaid)
    expect(await browser.closed).toBe(1000)
    await push(endpoint)
    expect(await newer.next()).toMatchObject({ data: sealed('sealed') })
  })

  it('plays its part in a handshake by itself', async () => {
    const { endpoint } = await subscribed()
    const device = emulator.devices.get(endpoint)
    await expect(device?.handshake({ url: emulator.url, deviceId: 'device-1' })).rejects.toThrow('real browser')
  })

  it('must subscribe anew after a reset', async () => {
    const { uaid, endpoint } = await subscribed()
    emulator.reset()
    expect(await browser.closed).toBe(1000)
    expect((await push(endpoint)).status).toBe(410)
    expect((await (await connect()).hello(uaid)).uaid).not.toBe(uaid)
  })
})

describe('What autopush does not understand ends the connection', () => {
  it.each([
    ['no JSON', 'hello'],
    ['an unknown message', { messageType: 'surprise' }],
    ['a hello of the old protocol', { messageType: 'hello' }],
    ['anything before hello', { messageType: 'register', channelID: CHANNEL }],
  ])('%s', async (_case, frame) => {
    browser.say(frame)
    expect(await browser.closed).toBe(1011)
  })

  it.each([
    ['a second hello', { messageType: 'hello', use_webpush: true }],
    ['a channelID in capitals', { messageType: 'register', channelID: CHANNEL.toUpperCase() }],
    ['a channelID without dashes', { messageType: 'register', channelID: CHANNEL.replaceAll('-', '') }],
  ])('%s', async (_case, frame) => {
    await browser.hello()
    browser.say(frame)
    expect(await browser.closed).toBe(1011)
  })

  it('binary frames', async () => {
    browser.say(Buffer.from('{}'))
    expect(await browser.closed).toBe(1003)
  })
})

describe('Time', () => {
  let timed: Emulator
  let clock: ManualClock
  let client: AutopushClient

  beforeEach(async () => {
    clock = createManualClock()
    timed = await createEmulator({ clock })
    client = await connect(timed)
  })
  afterEach(() => timed.close())

  it('ends a connection without a hello after five seconds', async () => {
    await clock.advance(5_000)
    expect(await client.closed).toBe(1011)
  })

  it('lets a browser ping every 45 seconds, and not more often', async () => {
    await client.hello()
    client.say({})
    expect(await client.next()).toEqual({})
    await clock.advance(45_000)
    client.say({ messageType: 'ping' })
    expect(await client.next()).toEqual({})
    client.say({})
    expect(await client.closed).toBe(4774)
  })

  it('ends a connection that does not answer a ping', async () => {
    await client.hello()
    client.answersPings = false
    await clock.advance(300_000)
    await client.pinged
    await clock.advance(4_000)
    expect(await client.closed).toBe(1006)
  })
})

describe('The state file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autopush-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('keeps the subscriptions over a restart on the same port', async () => {
    const stateFile = join(folder, 'state.json')
    const first = await createEmulator({ webpush: { stateFile } })
    const port = Number(new URL(first.url).port)
    const { uaid, endpoint } = await subscribed(await connect(first))
    await first.close()
    expect(JSON.parse(await readFile(stateFile, 'utf8')).userAgents).toMatchObject([{ uaid }])

    await using second = await createEmulator({ port, webpush: { stateFile } })
    expect((await push(endpoint)).status).toBe(201)
    const client = await connect(second)
    expect((await client.hello(uaid)).uaid).toBe(uaid)
    expect((await client.next()).data).toBe(sealed('sealed'))
    second.devices.remove(endpoint)
    expect(JSON.parse(await readFile(stateFile, 'utf8'))).toEqual({ userAgents: [] })
  })

  it('that is something else keeps the emulator from starting', async () => {
    const stateFile = join(folder, 'other.json')
    await writeFile(stateFile, '{"name":"other"}')
    await expect(createEmulator({ webpush: { stateFile } })).rejects.toMatchObject({ code: 'EMULATOR_INPUT' })
  })

  it('that cannot be written any more costs the browser its connection, and the emulator nothing', async () => {
    await using full = await createEmulator({ webpush: { stateFile: join(folder, 'state.json') } })
    const client = await connect(full)
    await client.hello()
    await rm(folder, { recursive: true })
    client.say({ messageType: 'register', channelID: CHANNEL })
    expect(await client.closed).toBe(1011)
    expect((await fetch(full.url)).status).toBe(200)
  })
})
