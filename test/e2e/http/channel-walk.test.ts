// A channel's whole way over HTTP: made with two fields, subscribed by a group of devices on four push services, published,
// changed, and published again while a device is away.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createServer, type HttpServer } from '../../../src/http/server.ts'
import { type CoreKit, createCoreKit, emulatedC2dm } from '../../kit/core.ts'
import { eventually } from '../../kit/query.ts'
import { API_KEY } from './serving.ts'

const TRANSPORTS = ['c2dm', 'fcm', 'apns', 'webpush'] as const
const ID_OF = { c2dm: 'walk-on-c2dm', fcm: 'walk-on-fcm', apns: 'walk-on-apns', webpush: 'walk-on-webpush' } as const

let kit: CoreKit
let server: HttpServer
const devices = new Map<(typeof TRANSPORTS)[number], VirtualDevice>()

beforeAll(async () => {
  kit = await createCoreKit({ options: { workers: false } })
  const core = await kit.open({ options: { apiKey: API_KEY, apps: { default: emulatedApp() } } })
  server = await createServer(core, { host: '127.0.0.1', port: 0 })
  const applicationServerKey = (await call('GET', 'webpush/key')).publicKey as string
  for (const service of TRANSPORTS) {
    const device = kit.emulator.devices.create(service === 'webpush' ? { service, applicationServerKey } : { service })
    const url = service === 'c2dm' ? `${server.url}/c2dm` : server.url
    await device.handshake({ url, deviceId: ID_OF[service], timeoutMs: 25_000 })
    devices.set(service, device)
  }
})
afterAll(async () => {
  await server.close(5_000)
  await kit[Symbol.asyncDispose]()
})

function emulatedApp() {
  const { services, credentials, ca } = kit.emulator
  const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
  const { host, hostname } = new URL(services.webpush.url)
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  return {
    c2dm: emulatedC2dm(kit.emulator),
    fcm: { ...services.fcm, serviceAccount: { ...credentials.fcm.serviceAccount }, ca, ...repeats },
    apns: { key, keyId, teamId, topic, ...services.apns, ca, ...repeats },
    webpush: { allowedHosts: [host], allowPrivateAddresses: [hostname], ca, ...repeats },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each step says what it expects of it.
async function call(method: string, path: string, body?: object): Promise<any> {
  const answer = await fetch(`${server.url}/v1/apps/default/${path}`, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, ...(text !== '' && JSON.parse(text)) }
}

/** Publishes, and resolves when the message has ended for every device, or for `count` of them. */
async function publish(count: number = TRANSPORTS.length): Promise<string> {
  const { status, id } = await call('POST', 'channels/news/publish', {})
  expect(status).toBe(202)
  const accepted = ({ counts }: { counts: { accepted: number } }) => counts.accepted === count
  await eventually(() => call('GET', `messages/${id}`), accepted)
  return id
}

function titles({ inbox }: VirtualDevice): string[] {
  return inbox.flatMap(({ data, plaintext }) => {
    const said = plaintext === undefined ? data : (JSON.parse(plaintext).data ?? JSON.parse(plaintext))
    return said.title ?? []
  })
}

const all = () => [...devices.values()]
const arrived = (device: VirtualDevice, title: string) =>
  eventually(
    async () => titles(device),
    (seen) => seen.at(-1) === title,
  )

test('a group on four push services gets what a channel says, and a device that was away what it said last', async () => {
  await call('PUT', 'groups/readers')
  await call('POST', 'groups/readers/members', { devices: Object.values(ID_OF) })
  const made = await call('PUT', 'channels/news', { fields: { title: 'One', url: '/1' } })
  expect(made).toMatchObject({ fields: { title: { value: 'One' }, url: { value: '/1' } } })
  await call('POST', 'channels/news/subscribers', { groups: ['readers'] })
  const { devices: before } = await call('GET', 'channels/news/devices')
  expect(before).toEqual(Object.values(ID_OF).map((deviceId) => ({ deviceId, direct: false })))

  const first = await publish()
  for (const device of all()) await arrived(device, 'One')
  const { devices: told } = await call('GET', 'channels/news/devices')
  for (const device of told) {
    expect(device).toMatchObject({ lastMessageAt: expect.any(String), messageId: first, state: 'accepted' })
  }

  const changed = await call('PATCH', 'channels/news', { fields: { title: 'Two' } })
  expect(changed.fields.url).toEqual(made.fields.url)
  expect(Date.parse(changed.fields.title.changedAt)).toBeGreaterThan(Date.parse(made.fields.title.changedAt))
  expect(changed).toMatchObject({ changedAt: changed.fields.title.changedAt, collapseKey: made.collapseKey })
  const tooBig = await call('PATCH', 'channels/news', { fields: { url: `/${'x'.repeat(1024)}` } })
  expect(tooBig).toMatchObject({ status: 413, code: 'PUSH_MESSAGE_TOO_BIG' })
  const { fields } = await call('GET', 'channels/news')
  expect(fields).toEqual(changed.fields)

  for (const device of all()) device.state = 'offline'
  await publish()
  await call('PATCH', 'channels/news', { fields: { title: 'Three' } })
  const third = await publish()
  expect(all().map(({ waiting }) => waiting)).toEqual([1, 1, 1, 1])
  for (const device of all()) {
    device.state = 'active'
    await arrived(device, 'Three')
    expect(titles(device)).toEqual(['One', 'Three'])
  }
  expect(await call('GET', 'channels/news')).toMatchObject({ lastPublished: { messageId: third } })
}, 60_000)

test('a device that its push service defers is pending in the channel, and the others are not', async () => {
  const phone = devices.get('c2dm')
  if (!phone) throw new Error('there is no such device')
  phone.state = 'throttled'
  const id = await publish(TRANSPORTS.length - 1)
  const states = async () => {
    const { devices: listed } = await call('GET', 'channels/news/devices')
    return Object.fromEntries(
      listed.map(({ deviceId, state }: { deviceId: string; state: string }) => [deviceId, state]),
    )
  }
  const others = { [ID_OF.fcm]: 'accepted', [ID_OF.apns]: 'accepted', [ID_OF.webpush]: 'accepted' }
  expect(await states()).toEqual({ ...others, [ID_OF.c2dm]: 'pending' })
  phone.state = 'active'
  await eventually(
    () => call('GET', `messages/${id}`),
    ({ state }) => state === 'settled',
  )
  expect(await states()).toEqual({ ...others, [ID_OF.c2dm]: 'accepted' })
}, 60_000)
