// Messages that are only tried, to devices of every push service: through the library, over HTTP and from the command
// line. What accepting would say is said; nothing is stored, and no push service hears of it.
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createServer, type HttpServer } from '../../../src/http/server.ts'
import { createSendword, type Sendword } from '../../../src/sendword/create-sendword.ts'
import type { PublishOptions } from '../../../src/sendword/message-directory.ts'
import { TEST_SECRET } from '../../kit/core.ts'
import { createFourServices, type FourServices } from '../../kit/four-services.ts'
import { query } from '../../kit/query.ts'
import { killAllRunning, removeFolder, runCommand, temporaryFolder } from '../cli/command.ts'

const API_KEY = 'an-api-key-for-tests-of-32-chars'

let four: FourServices
let sendword: Sendword
let server: HttpServer
let folder: string
beforeAll(async () => {
  four = await createFourServices({ locale: 'de' }, { options: { apiKey: API_KEY, workers: false } })
  const { url } = four.kit
  const apps = { default: four.app }
  sendword = await createSendword({ database: url, secret: TEST_SECRET, workers: false, apps })
  server = await createServer(four.core, { host: '127.0.0.1', port: 0 })
  folder = await temporaryFolder()
  await four.core.users.put({ app: 'default', userId: 'ada' }, { locale: 'pt-PT', labels: { name: 'Ada' } })
  await four.add({ deviceId: 'on-c2dm-1', transport: 'c2dm', userId: 'ada' })
  await four.add({ deviceId: 'on-fcm-01', transport: 'fcm', userId: 'ada' })
  await four.add({ deviceId: 'on-fcm-02', transport: 'fcm' })
  await four.add({ deviceId: 'on-apns-1', transport: 'apns' })
  await four.add({ deviceId: 'is-failed', transport: 'fcm' })
  await four.add({ deviceId: 'is-pending', transport: 'apns' })
  await query(
    url,
    `UPDATE sendword.device SET failed_at = now(), failed_reason = 'UNREGISTERED' WHERE device_id = 'is-failed'`,
  )
  await query(
    url,
    `UPDATE sendword.device SET state = 'pending', address = NULL, address_hash = NULL WHERE device_id = 'is-pending'`,
  )
  await sendword.channels.put('news', { fields: { headline: 'Spring' } })
  await sendword.channels.put('empty')
  await sendword.channels.subscribe('news', { devices: ['on-c2dm-1', 'on-fcm-01', 'is-failed'] })
  await sendword.messages.publish({ a: 'b' }, { audience: { everyone: true }, idempotencyKey: 'taken' })
})
afterAll(async () => {
  killAllRunning()
  await server.close(1_000)
  await sendword.close()
  await four[Symbol.asyncDispose]()
  await removeFolder(folder)
})

let before: unknown
beforeEach(async () => {
  before = await traces()
})
afterEach(async () => expect(await traces()).toEqual(before))

/** All that a message leaves behind. */
async function traces() {
  const [rows] = await query(
    four.kit.url,
    `SELECT (SELECT count(*) FROM sendword.message) AS messages, (SELECT count(*) FROM sendword.message_values) AS values,
            (SELECT count(*) FROM sendword.delivery) AS results, (SELECT count(*) FROM sendword_queue.job) AS jobs,
            (SELECT jsonb_agg(c) FROM sendword.channel AS c) AS channels`,
  )
  return { rows, lastRequest: four.kit.emulator.requests.last }
}

const post = (path: string, body: object, key?: string) =>
  fetch(`${server.url}/v1/apps/default/${path}`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  })

const run = (...words: string[]) => runCommand(words, { folder, env: { DATABASE_URL: four.kit.url } })

const transportsOf = (previews: readonly { transport: string }[]) => previews.map(({ transport }) => transport)

const PERSONAL = {
  notification: { title: 'Hello', body: '{{name}}' },
  locales: { pt: { notification: { title: 'Olá' } } },
  variables: { name: { label: 'name', default: 'friend' } },
}

describe('for an audience', () => {
  test('tells whom it would reach and what their push services would get', async () => {
    const sendAt = new Date(Date.now() + 3_600_000)
    const options = { audience: { everyone: true }, sendAt, ttl: 60, idempotencyKey: 'fresh' } as const
    const dryRun = await sendword.messages.dryRun({ news: 'spring' }, options)
    expect(dryRun).toMatchObject({
      ...{ dryRun: true, unfit: [], sendAt, expiresAt: new Date(sendAt.getTime() + 60_000) },
      audience: { devices: 4, byTransport: { c2dm: 1, fcm: 2, apns: 1 }, unreachable: 2, complete: true },
    })
    expect(dryRun.audience).toEqual(await sendword.messages.count({ everyone: true }))
    const previews = sendword.messages.preview({ news: 'spring' }, { ttl: 60 })
    const reached = dryRun.previews.map(({ transport }) => transport)
    expect([...reached].sort()).toEqual(['apns', 'c2dm', 'fcm'])
    expect(dryRun.previews).toEqual(reached.map((name) => previews.find(({ transport }) => transport === name)))
  })

  test('tells over HTTP, with 200, whom skipUnfit leaves out and why', async () => {
    const body = { audience: { user: 'ada' }, notification: { title: 'T' }, skipUnfit: true, dryRun: true }
    const answer = await post('messages', body, 'fresh')
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 200, location: null })
    const dryRun = (await answer.json()) as { previews: { transport: string }[] }
    expect(dryRun).toMatchObject({
      ...{ dryRun: true, audience: { devices: 2, byTransport: { c2dm: 1, fcm: 1 } } },
      unfit: [
        { transport: 'c2dm', devices: 1, code: 'PUSH_MESSAGE_INVALID', detail: expect.stringContaining('data only') },
      ],
    })
    expect(transportsOf(dryRun.previews)).toEqual(['fcm'])
    const local = { audience: { user: 'ada' }, data: { a: 'b' }, localTime: { at: '09:00' }, dryRun: true }
    const timed = (await (await post('messages', local)).json()) as object
    expect(timed).toMatchObject({ localTime: { at: '09:00', ifPast: 'next-day' } })
    expect(timed).not.toHaveProperty('sendAt')
  })

  test('of nobody would be accepted, too', async () => {
    const nobody = await sendword.messages.dryRun({ a: 'b' }, { audience: { user: 'nobody' } })
    expect(nobody).toMatchObject({ audience: { devices: 0, unreachable: 0 }, previews: [] })
  })

  test('broadcast asks no question, and shows a table', async () => {
    const { code, out, err } = await run('broadcast', '--everyone', '--data', 'news=spring', '--dry-run', '--wait')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^It would be accepted for 4 devices \(.*\), without 2 that cannot be reached\. Nothing/)
    expect(lines[1]).toMatch(/^PUSH SERVICE {2}DEVICES {2}SIZE$/)
    expect(out).toMatch(/^c2dm {10}1 {8}\d+ of 1,024 bytes$/m)
    expect(out).toMatch(/^fcm {11}2 {8}\d+ of 4,096 bytes$/m)
    expect(out).toMatch(/^- c2dm: C2DM takes no ttl/m)
    expect(out).toMatch(/^expires {2}\d{4}-/m)
  })
})

describe('for a device', () => {
  test('tells what it would get in its language, with its values', async () => {
    const device = await sendword.devices.get('on-fcm-01')
    const own = await device.dryRun({ order: '42' }, PERSONAL)
    expect(own.audience).toEqual({ devices: 1, byTransport: { fcm: 1 }, unreachable: 0, complete: true })
    const [preview] = own.previews
    expect(JSON.parse(preview?.body ?? '').message).toMatchObject({ notification: { title: 'Olá', body: 'Ada' } })
    const given = await post('devices/on-fcm-02/messages', { ...PERSONAL, values: { name: 'Eve' }, dryRun: true })
    expect(given.status).toBe(200)
    const { previews } = (await given.json()) as { previews: { body: string }[] }
    expect(JSON.parse(previews[0]?.body ?? '').message).toMatchObject({ notification: { title: 'Hello', body: 'Eve' } })
  })

  test('tells that its local time is past', async () => {
    const device = await sendword.devices.get('on-fcm-01')
    const localTime = { at: '2020-01-01T09:00', ifPast: 'skip' } as const
    expect(await device.dryRun({ a: 'b' }, { localTime })).toMatchObject({ isPast: true })
  })

  test('send tells programs in JSON', async () => {
    const { code, out } = await run('send', 'on-apns-1', '--title', 'T', '--dry-run', '--json', '--wait', '5')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      ...{ dryRun: true, audience: { devices: 1, byTransport: { apns: 1 } }, unfit: [] },
      previews: [{ transport: 'apns', method: 'POST' }],
    })
  })

  test('sees what the caller’s open transaction has changed', async () => {
    const device = await sendword.devices.get('is-failed')
    const tx = new pg.Client({ connectionString: four.kit.url })
    await tx.connect()
    try {
      await tx.query('BEGIN')
      await tx.query(`UPDATE sendword.device SET failed_at = NULL WHERE device_id = 'is-failed'`)
      expect((await device.dryRun({ a: 'b' }, { tx })).audience.devices).toBe(1)
      await tx.query('ROLLBACK')
    } finally {
      await tx.end()
    }
    await expect(device.dryRun({ a: 'b' })).rejects.toMatchObject({ code: 'PUSH_DEVICE_FAILED' })
  })
})

describe('for a channel', () => {
  test('tells what the channel says, and whom it reaches', async () => {
    const dryRun = await sendword.channels.dryRun('news', { ttl: 60, idempotencyKey: 'fresh' })
    expect(dryRun.audience).toMatchObject({ devices: 2, byTransport: { c2dm: 1, fcm: 1 }, unreachable: 1 })
    expect(dryRun.previews.find(({ transport }) => transport === 'c2dm')?.body).toContain('data.headline=Spring')
    const answer = await post('channels/news/publish', { ttl: 60, dryRun: true })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ dryRun: true, audience: dryRun.audience, previews: dryRun.previews })
    const { code, out } = await run('channels', 'publish', 'news', '--dry-run')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('It would be accepted for 2 devices') })
  })
})

describe('is refused as the real thing is', () => {
  const everyone = { audience: { everyone: true } } as const

  test.each<[string, Readonly<Record<string, string>>, PublishOptions]>([
    ['what no push service could carry', { a: 'x'.repeat(70_000) }, everyone],
    ['what one could not', { a: 'x'.repeat(2_000) }, everyone],
    ['an audience that is none', { a: 'b' }, { audience: {} as never }],
    ['an unknown group', { a: 'b' }, { audience: { group: 'nobody' } }],
    ['a ttl out of bounds', { a: 'b' }, { ...everyone, ttl: -1 }],
    ['a moment too far ahead', { a: 'b' }, { ...everyone, sendAt: new Date('2999-01-01') }],
    ['a local time that is none', { a: 'b' }, { ...everyone, localTime: { at: 'noon' } }],
    ['values of strangers', { a: 'b' }, { audience: { user: 'ada' }, values: { eve: {} } }],
    ['an unknown app', { a: 'b' }, { ...everyone, app: 'nowhere' }],
    ['a key too long', { a: 'b' }, { ...everyone, idempotencyKey: 'x'.repeat(256) }],
    ['a key of something else', { other: 'b' }, { ...everyone, idempotencyKey: 'taken' }],
  ])('%s', async (_, data, options) => {
    const real = await sendword.messages.publish(data, options).catch(errorOf)
    expect(real).toMatchObject({ code: expect.stringMatching(/^PUSH_/) })
    expect(await sendword.messages.dryRun(data, options).catch(errorOf)).toEqual(real)
  })

  test.each<[string, string, object, string?]>([
    ['an unknown device', 'devices/nobody-has-it/messages', { data: { a: 'b' } }],
    ['a failed device', 'devices/is-failed/messages', { data: { a: 'b' } }],
    ['a pending device', 'devices/is-pending/messages', { data: { a: 'b' } }],
    ['what its push service cannot carry', 'devices/on-c2dm-1/messages', { notification: { title: 'T' } }],
    ['a key of something else', 'devices/on-c2dm-1/messages', { data: { a: 'b' } }, 'taken'],
    ['an unknown channel', 'channels/nothing/publish', {}],
    ['an empty channel', 'channels/empty/publish', {}],
    ['a title of it that is too big', 'channels/news/publish', { notification: { title: 'x'.repeat(4096) } }],
    ['a filter of nothing', 'messages', { audience: { where: {} }, data: { a: 'b' } }],
  ])('%s, over HTTP', async (_, path, body, key) => {
    const real = await post(path, body, key)
    expect(real.status).toBeGreaterThanOrEqual(400)
    const dry = await post(path, { ...body, dryRun: true }, key)
    expect({ status: dry.status, problem: await dry.json() }).toEqual({
      status: real.status,
      problem: await real.json(),
    })
  })

  test.each<[string, ...string[]]>([
    ['a failed device', 'send', 'is-failed', '--data', 'a=b'],
    ['what C2DM cannot carry', 'send', 'on-c2dm-1', '--title', 'T'],
    ['an unknown group', 'broadcast', '--group', 'nobody', '--data', 'a=b', '--yes'],
    ['an empty channel', 'channels', 'publish', 'empty'],
  ])('%s, with the same exit code', async (_, ...words) => {
    const [real, dry] = [await run(...words), await run(...words, '--dry-run')]
    expect(real.code).toBeGreaterThan(0)
    expect(dry).toEqual(real)
  })
})

test('a repeat of what was accepted is no conflict, and dryRun false is no dry run', async () => {
  const repeat = { audience: { everyone: true }, data: { a: 'b' } }
  const known = await sendword.messages.dryRun({ a: 'b' }, { audience: { everyone: true }, idempotencyKey: 'taken' })
  expect(known).toMatchObject({ dryRun: true, audience: { devices: 4 } })
  const real = await post('messages', { ...repeat, dryRun: false }, 'taken')
  expect(real.status).toBe(202)
  expect((await post('messages', { ...repeat, dryRun: 'yes' })).status).toBe(400)
  expect((await post('messages/preview', { data: {}, dryRun: true })).status).toBe(400)
})

function errorOf(error: unknown) {
  const { code, detail } = error as { code: string; detail: string }
  return { code, detail }
}
