// Receipts, from the message that asks for them to the device that tells: over real sockets on every transport, and as
// somebody who means no good tells them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Core } from '../../../src/app/core.ts'
import type { DeviceService, VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { createServer, type HttpServer } from '../../../src/http/server.ts'
import { createReceiptTokens } from '../../../src/model/receipt-token.ts'
import { utcDate } from '../../../src/store/deliveries.ts'
import { type CoreKit, createCoreKit, emulatedC2dm, TEST_SECRET } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'
import { API_KEY } from './serving.ts'

const ORIGIN = 'https://app.example.com'
const SERVICES: readonly DeviceService[] = ['c2dm', 'fcm', 'apns', 'webpush']

let kit: CoreKit
let core: Core
let server: HttpServer
beforeAll(async () => {
  kit = await createCoreKit()
  await kit.core.close(5_000)
  const { credentials, services, ca } = kit.emulator
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  const { host, hostname } = new URL(services.webpush.url)
  const apps = {
    default: {
      c2dm: emulatedC2dm(kit.emulator),
      fcm: { ...services.fcm, serviceAccount: { ...credentials.fcm.serviceAccount }, ca },
      apns: { key, keyId, teamId, topic, ...services.apns, ca },
      webpush: { allowedHosts: [host], allowPrivateAddresses: [hostname], ca },
      corsOrigins: [ORIGIN],
    },
    other: { c2dm: emulatedC2dm(kit.emulator) },
  }
  core = await kit.open({ options: { apps, apiKey: API_KEY, registration: { perClient: 1000 } } })
  server = await createServer(core, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close(5_000)
  await kit[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(
  path: string,
  { body, key, app = 'default' }: { body?: unknown; key?: boolean; app?: string } = {},
) {
  const answer = await fetch(`${server.url}/v1/apps/${app}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${API_KEY}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) } as Answer
}

const tell = (body: unknown, app?: string) => call('receipts', { body, ...(app !== undefined && { app }) })
const receiptsOf = async (id: string) => (await call(`messages/${id}`, { key: true })).body.receipts

let count = 0
async function newDevice(service: DeviceService): Promise<{ deviceId: string; phone: VirtualDevice }> {
  const deviceId = `receipts-device-${++count}`
  const applicationServerKey = service === 'webpush' ? await core.webPushKey('default') : undefined
  const phone = kit.emulator.devices.create({ service, ...(applicationServerKey && { applicationServerKey }) })
  await phone.handshake({ url: service === 'c2dm' ? `${server.url}/c2dm` : server.url, deviceId, timeoutMs: 20_000 })
  return { deviceId, phone }
}

async function send(deviceId: string, content: object): Promise<string> {
  const { status, body } = await call(`devices/${deviceId}/messages`, { key: true, body: content })
  expect([status, body]).toEqual([202, { id: expect.any(String) }])
  return String(body.id)
}

async function arrived(phone: VirtualDevice, after: number): Promise<string> {
  return (await phone.nextMessage({ after, timeoutMs: 20_000 })).data.receipt ?? ''
}

/** A message on C2DM that asks for receipts, and its token. */
async function delivered(): Promise<{ id: string; receipt: string }> {
  const { deviceId, phone } = await newDevice('c2dm')
  const after = phone.lastSequence
  const id = await send(deviceId, { data: { n: '1' }, receipts: true })
  return { id, receipt: await arrived(phone, after) }
}

describe.each(SERVICES)('on %s', (service) => {
  test('a device tells that a message was delivered, and that it was opened', async () => {
    const { deviceId, phone } = await newDevice(service)
    const after = phone.lastSequence
    const id = await send(deviceId, { data: { n: '1' }, receipts: true })
    const message = await phone.nextMessage({ after, timeoutMs: 20_000 })
    const receipt = message.data.receipt
    expect(await receiptsOf(id)).toEqual({ delivered: 0, opened: 0 })
    expect(await phone.sendReceipt(message, 'delivered', { url: server.url })).toBe(204)
    expect(await receiptsOf(id)).toEqual({ delivered: 1, opened: 0, deliveredAt: expect.any(String) })
    expect(await tell({ receipt, event: 'opened' })).toEqual({ status: 204, body: {} })
    expect(await receiptsOf(id)).toMatchObject({ delivered: 1, opened: 1, openedAt: expect.any(String) })
    expect((await core.messages.settled(id, { timeout: 20_000 })).single?.outcome).toBe('accepted')
    expect(await core.receipts.count(id)).toMatchObject({ delivered: 1, opened: 1, openedAt: expect.any(Date) })
  })

  test('a message that asks for none carries no token, and is told of without receipts', async () => {
    const { deviceId, phone } = await newDevice(service)
    const after = phone.lastSequence
    const id = await send(deviceId, { data: { n: '1' } })
    const push = await phone.nextMessage({ after, timeoutMs: 20_000 })
    expect(JSON.stringify(push)).not.toContain('receipt"')
    await expect(phone.sendReceipt(push, 'opened', { url: server.url })).rejects.toMatchObject({
      code: 'EMULATOR_INPUT',
    })
    expect(await receiptsOf(id)).toBeUndefined()
    expect(await core.receipts.count(id)).toBeUndefined()
  })
})

describe('what is told', () => {
  test('counts before the result of the send is written', async () => {
    const { deviceId, phone } = await newDevice('c2dm')
    const rows = await query<{ id: string }>(kit.url, 'SELECT id FROM sendword.device WHERE device_id = $1', [deviceId])
    // It is tried again and again, as if nobody knew yet what became of it.
    phone.state = 'throttled'
    const id = await send(deviceId, { data: {}, receipts: true })
    const subject = { app: 'default', messageId: id, device: rows[0]?.id ?? '', releasedOn: utcDate(new Date()) }
    const receipt = createReceiptTokens(TEST_SECRET).issue(subject)
    expect((await tell({ receipt, event: 'delivered' })).status).toBe(204)
    expect((await call(`messages/${id}`, { key: true })).body).toMatchObject({
      state: 'pending',
      receipts: { delivered: 1, opened: 0 },
    })
    phone.state = 'active'
    await core.messages.settled(id, { timeout: 20_000 })
    expect(await receiptsOf(id)).toMatchObject({ delivered: 1, opened: 0 })
  })

  test('says delivered when it says opened', async () => {
    const { id, receipt } = await delivered()
    await tell({ receipt, event: 'opened', at: new Date().toISOString() })
    const { deliveredAt, openedAt, ...counts } = (await receiptsOf(id)) as Record<string, unknown>
    expect(counts).toEqual({ delivered: 1, opened: 1 })
    expect(deliveredAt).toBe(openedAt)
  })

  test('counts once, from the earliest time on, in whatever order it comes', async () => {
    const { id, receipt } = await delivered()
    const at = (await call(`messages/${id}`, { key: true })).body.acceptedAt as string
    const later = (ms: number) => new Date(Date.parse(at) + ms).toISOString()
    // All of them are past by now, for the times before `at` count as `at`.
    for (const round of [0, 1, 2]) {
      expect((await tell({ receipt, event: 'opened', at: later(2) })).status).toBe(204)
      expect((await tell({ receipt, event: 'delivered', at: later(1) })).status).toBe(204)
      expect([round, await receiptsOf(id)]).toEqual([
        round,
        { delivered: 1, opened: 1, deliveredAt: later(1), openedAt: later(2) },
      ])
    }
  })

  test('is never from before the message was accepted, nor from the future', async () => {
    const early = await delivered()
    await tell({ receipt: early.receipt, event: 'opened', at: '0000-01-01T00:00:00Z' })
    const { acceptedAt, receipts } = (await call(`messages/${early.id}`, { key: true })).body
    expect(receipts).toEqual({ delivered: 1, opened: 1, deliveredAt: acceptedAt, openedAt: acceptedAt })
    const late = await delivered()
    await tell({ receipt: late.receipt, event: 'opened', at: '9999-12-31T23:59:59+00:00' })
    const { openedAt } = (await receiptsOf(late.id)) as { openedAt: string }
    expect(Date.parse(openedAt)).toBeLessThanOrEqual(Date.now())
  })

  test('may come as a list, with both events of one message in it', async () => {
    const all = await Promise.all([delivered(), delivered(), delivered()])
    const list = all.flatMap(({ receipt }) => [
      { receipt, event: 'opened' },
      { receipt, event: 'delivered' },
    ])
    expect((await tell(list)).status).toBe(204)
    for (const { id } of all) expect(await receiptsOf(id)).toMatchObject({ delivered: 1, opened: 1 })
  })

  test('of a list is judged one by one: what can be believed is recorded, the rest is named', async () => {
    const { id, receipt } = await delivered()
    const list = [
      { receipt: 'nonsense', event: 'opened' },
      { receipt, event: 'opened' },
      { receipt: `B${receipt.slice(1)}`, event: 'opened' },
    ]
    expect(await tell(list)).toMatchObject({
      status: 400,
      body: { code: 'PUSH_RECEIPT_REFUSED', detail: expect.stringContaining('counted from 0, 0, 2 cannot') },
    })
    expect(await receiptsOf(id)).toMatchObject({ delivered: 1, opened: 1 })
  })

  test('by many at once is all recorded', async () => {
    const { deviceId, phone } = await newDevice('c2dm')
    const after = phone.lastSequence
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, n) => send(deviceId, { data: { n: `${n}` }, receipts: true })),
    )
    for (const id of ids) await core.messages.settled(id, { timeout: 20_000 })
    const receipts = phone.inbox.filter(({ sequence }) => sequence > after).map(({ data }) => data.receipt)
    const answers = await Promise.all(
      receipts.flatMap((receipt) => [tell({ receipt, event: 'delivered' }), tell({ receipt, event: 'opened' })]),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    const counts = await Promise.all(ids.map((id) => core.receipts.count(id)))
    expect(counts.every((receipt) => receipt?.delivered === 1 && receipt.opened === 1)).toBe(true)
  })
})

describe('the door', () => {
  test('refuses a token of another app, of nobody, changed or cut, all alike, and keeps nothing of it', async () => {
    const { id, receipt } = await delivered()
    const rows = () => query(kit.url, 'SELECT * FROM sendword.receipt ORDER BY message_id')
    const before = await rows()
    const subject = { app: 'default', messageId: id, device: id, releasedOn: utcDate(new Date()) }
    const forged = createReceiptTokens('another-secret-for-tests-of-32-chars').issue(subject)
    const refusals = await Promise.all([
      tell({ receipt, event: 'opened' }, 'other'),
      tell({ receipt: forged, event: 'opened' }),
      tell({ receipt: receipt.slice(0, -1), event: 'opened' }),
      tell({ receipt: `${receipt}A`, event: 'opened' }),
      tell({ receipt: receipt.toLowerCase(), event: 'opened' }),
      tell({ receipt: '', event: 'opened' }),
    ])
    expect(new Set(refusals.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(refusals[0]).toMatchObject({ status: 400, body: { code: 'PUSH_RECEIPT_REFUSED' } })
    expect(JSON.stringify(refusals)).not.toContain(receipt)
    expect(await rows()).toEqual(before)
    expect(await receiptsOf(id)).toEqual({ delivered: 0, opened: 0 })
  })

  test('refuses the token of a message that is not kept any more, again and again', async () => {
    const { id, receipt } = await delivered()
    await core.messages.settled(id, { timeout: 20_000 })
    await query(kit.url, 'DELETE FROM sendword.message WHERE id = $1', [id])
    for (const event of ['delivered', 'opened', 'opened']) {
      expect(await tell({ receipt, event })).toMatchObject({ status: 400, body: { code: 'PUSH_RECEIPT_REFUSED' } })
    }
    const rows = await query(kit.url, 'SELECT 1 FROM sendword.receipt WHERE message_id = $1', [id])
    expect(rows).toEqual([])
  })

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['an empty list', []],
    ['more than 100', Array.from({ length: 101 }, () => ({ receipt: 'x', event: 'opened' }))],
    ['an event that there is not', { receipt: 'x', event: 'seen' }],
    ['no event', { receipt: 'x' }],
    ['a time that is none', { receipt: 'x', event: 'opened', at: 'yesterday' }],
    ['a time without its zone', { receipt: 'x', event: 'opened', at: '2026-05-04T12:00:00' }],
    ['a field that there is not', { receipt: 'x', event: 'opened', device: 'y' }],
    ['a token of another length by far', { receipt: 'x'.repeat(257), event: 'opened' }],
    ['a token that is no text', { receipt: { $ne: '' }, event: 'opened' }],
    ['a list of lists', [[{ receipt: 'x', event: 'opened' }]]],
    ['a text', 'opened'],
    ['null', null],
  ])('refuses %s as it stands', async (_, body) => {
    expect(await tell(body)).toMatchObject({ status: 400, body: { code: 'PUSH_REQUEST_INVALID' } })
  })

  test('knows no app but those that there are', async () => {
    const answer = await tell({ receipt: 'x', event: 'opened' }, 'nowhere')
    expect(answer).toMatchObject({ status: 404, body: { code: 'PUSH_APP_UNKNOWN' } })
  })

  test('serves POST alone, and pages of the origins that the app lists', async () => {
    const url = `${server.url}/v1/apps/default/receipts`
    const get = await fetch(url)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    const preflight = (origin: string) =>
      fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    expect((await preflight(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('without a secret', () => {
  const secretless = () =>
    kit.open({ secretless: true, options: { workers: false, apps: { default: { c2dm: emulatedC2dm(kit.emulator) } } } })

  test('a message that asks for receipts is refused with what to do, and others are accepted', async () => {
    const { deviceId } = await newDevice('c2dm')
    const own = await secretless()
    const submit = (receipts: boolean) =>
      own.messages.submit({ app: 'default', deviceId, content: { data: {}, receipts } })
    await expect(submit(true)).rejects.toMatchObject({ code: 'PUSH_RECEIPTS_UNAVAILABLE' })
    expect(() => own.messages.preview({ app: 'default', content: { data: {}, receipts: true } })).toThrow(
      'SENDWORD_SECRET',
    )
    await expect(submit(false)).resolves.toHaveProperty('id')
  })

  test('no receipt is believed', async () => {
    const { receipt } = await delivered()
    const own = await secretless()
    await expect(own.receipts.record('default', [{ receipt, event: 'opened' }])).rejects.toMatchObject({
      code: 'PUSH_RECEIPT_REFUSED',
    })
  })
})
