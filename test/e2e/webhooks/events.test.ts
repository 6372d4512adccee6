// What webhooks tell of: from a device or a push service through the whole server to a receiver.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WebhookOptions } from '../../../src/app/options/sendword-options.ts'
import { createSendword } from '../../../src/index.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { confirmedDevice, createCoreKit, TEST_SECRET } from '../../kit/core.ts'
import { dumpText, eventually, query } from '../../kit/query.ts'
import { isSigned, startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from '../../kit/webhook-receiver.ts'
import { runCommand } from '../cli/command.ts'
import { API_KEY, type Serving, serve } from '../http/serving.ts'

let receiver: WebhookReceiver
beforeEach(async () => {
  receiver = await startWebhookReceiver()
})
afterEach(async () => await receiver[Symbol.asyncDispose]())

const webhook = (events?: WebhookOptions['events']): WebhookOptions => {
  return { url: receiver.url, secret: WEBHOOK_SECRET, ...(events && { events }) }
}
const typesOf = () => receiver.received.map(({ event }) => event.type).sort()

test('a confirmed device and a finished message are told, signed and without an address', async () => {
  await using kit = await createCoreKit({ app: { webhooks: [webhook()] } })
  const device = await confirmedDevice(kit, 'device-told')
  const { id } = await kit.core.messages.submit({
    app: 'default',
    deviceId: 'device-told',
    content: { data: { greeting: 'hello' } },
  })
  const all = await receiver.gotten(2)
  expect(all.every((got) => isSigned(got))).toBe(true)
  const byType = Object.fromEntries(all.map(({ event }) => [event.type, event.data]))
  expect(byType).toEqual({
    'device.confirmed': { app: 'default', deviceId: 'device-told' },
    'message.finished': {
      app: 'default',
      messageId: id,
      counts: { accepted: 1, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 },
    },
  })
  for (const { body } of all) expect(body).not.toContain(device.registrationId)
  expect(await dumpText(kit.url)).not.toContain(WEBHOOK_SECRET)
})

test('an endpoint is told of what it asked for only', async () => {
  await using kit = await createCoreKit({ app: { webhooks: [webhook(['device.unregistered'])] } })
  const device = await confirmedDevice(kit, 'device-gone')
  device.state = 'unregistered'
  await kit.core.messages.submit({ app: 'default', deviceId: 'device-gone', content: { data: {} } })
  await eventually(
    () => kit.core.devices.view({ app: 'default', deviceId: 'device-gone' }),
    ({ failed }) => failed,
  )
  await receiver.gotten(1)
  expect(receiver.received.map(({ event }) => [event.type, event.data])).toEqual([
    ['device.unregistered', { app: 'default', deviceId: 'device-gone', reason: 'NotRegistered' }],
  ])
})

test('a message is finished once, however many devices it goes to', async () => {
  await using kit = await createCoreKit({ app: { webhooks: [webhook(['message.finished'])] } })
  const deviceIds = ['device-one', 'device-two', 'device-three']
  for (const deviceId of deviceIds) await confirmedDevice(kit, deviceId)
  const content = { data: { n: '1' } }
  const { id } = await kit.core.messages.publish({ app: 'default', audience: { everyone: true }, content })
  await kit.core.messages.settled(id)
  const [got] = await receiver.gotten(1)
  expect(got?.event.data).toMatchObject({ messageId: id, counts: { accepted: 3 } })
  const single = await kit.core.messages.submit({ app: 'default', deviceId: 'device-one', content })
  const [, next] = await receiver.gotten(2)
  expect(next?.event.data).toMatchObject({ messageId: single.id })
})

test('a message that finds nobody is finished too', async () => {
  await using kit = await createCoreKit({ app: { webhooks: [webhook(['message.finished'])] } })
  const submission = { app: 'default', audience: { everyone: true as const }, content: { data: { n: '1' } } }
  const { id } = await kit.core.messages.publish(submission)
  const [got] = await receiver.gotten(1)
  expect(got?.event.data).toMatchObject({ messageId: id, counts: { accepted: 0 } })
})

test('a message that is cancelled before anything of it left is finished with that', async () => {
  const app = { webhooks: [webhook(['message.finished'])] }
  await using kit = await createCoreKit({ app, options: { workers: false } })
  const submission = { app: 'default', audience: { everyone: true as const }, content: { data: { n: '1' } } }
  const { id } = await kit.core.messages.publish(submission)
  await kit.core.messages.cancel('default', id)
  await kit.core.messages.cancel('default', id)
  const written = await query<{ body: string }>(kit.url, 'SELECT body FROM sendword.webhook')
  expect(written.map(({ body }) => JSON.parse(body).data)).toMatchObject([{ messageId: id, counts: { cancelled: 0 } }])
})

test('a message to one device that is cancelled is finished once', async () => {
  await using kit = await createCoreKit({
    options: { workers: false },
    app: { webhooks: [webhook(['message.finished'])] },
  })
  const working = await kit.open({ options: { workers: true } })
  await confirmedDevice({ core: working, emulator: kit.emulator }, 'device-waits')
  await working.close(5_000)
  const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-waits', content: { data: {} } })
  await kit.core.messages.cancel('default', id)
  await kit.open({ options: { workers: true } })
  const [got] = await receiver.gotten(1)
  expect(got?.event.data).toMatchObject({ messageId: id, counts: { accepted: 0, cancelled: 1 } })
  await eventually(
    () => query(kit.url, 'SELECT id FROM sendword.webhook'),
    (left) => left.length === 0,
  )
  expect(receiver.received).toHaveLength(1)
})

test('without webhooks nothing is written for any', async () => {
  await using kit = await createCoreKit()
  await confirmedDevice(kit, 'device-quiet')
  expect(await query(kit.url, 'SELECT id FROM sendword.webhook')).toEqual([])
})

test('endpoints that a reload brings are told from then on', async () => {
  await using kit = await createCoreKit()
  const { options } = kit.core
  const app = options.apps.get('default')
  const endpoint = { url: receiver.url, secrets: [Buffer.alloc(32, 5)], events: ['device.confirmed' as const] }
  if (app) await kit.core.reload({ ...options, apps: new Map([['default', { ...app, webhooks: [endpoint] }]]) })
  await confirmedDevice(kit, 'device-later')
  await receiver.gotten(1)
  expect(typesOf()).toEqual(['device.confirmed'])
})

test('an operator’s test reaches every endpoint, whatever events that asks for', async () => {
  await using kit = await createCoreKit({ app: { webhooks: [webhook(['device.confirmed'])] } })
  const tested = await kit.core.webhooks.test('default')
  const [got] = await receiver.gotten(1)
  expect(tested).toEqual([{ id: got?.headers['webhook-id'], url: receiver.url }])
  expect(got && isSigned(got)).toBe(true)
  expect(got?.event).toMatchObject({ type: 'webhook.test', data: { app: 'default' } })
})

test('an app without endpoints has nothing to try', async () => {
  await using kit = await createCoreKit({ options: { workers: false } })
  await expect(kit.core.webhooks.test('default')).rejects.toMatchObject({ code: 'PUSH_WEBHOOK_NOT_CONFIGURED' })
})

describe('dead letters', () => {
  let serving: Serving
  const DEAD = '01970000-0000-7000-8000-000000000001'
  beforeAll(async () => {
    const app = { webhooks: [{ url: 'https://example.com/hook?key=secret', secret: WEBHOOK_SECRET }] }
    serving = await serve({ options: { workers: false }, app })
  })
  afterAll(async () => await serving[Symbol.asyncDispose]())
  beforeEach(async () => {
    await query(serving.url, 'TRUNCATE sendword.webhook')
    await query(
      serving.url,
      `INSERT INTO sendword.webhook (id, app, url, type, body, state, attempts, failure, created_at, due_at)
       SELECT ('01970000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'default', 'https://example.com/hook?key=secret',
              'device.confirmed', '{}', 'dead', 11, 'It answered 500.', $1, $1 FROM generate_series(1, 3) AS n`,
      [new Date('2030-05-06T07:08:09Z')],
    )
  })
  const states = async () =>
    (await query<{ state: string }>(serving.url, 'SELECT state FROM sendword.webhook ORDER BY id')).map(
      (row) => row.state,
    )

  test('are listed, in pages, without the query of the URL', async () => {
    const answer = await serving.api('/v1/apps/default/webhooks?limit=2')
    const { webhooks, next } = (await answer.json()) as { webhooks: unknown[]; next: string }
    expect(webhooks[0]).toEqual({
      id: DEAD,
      type: 'device.confirmed',
      url: 'https://example.com/hook',
      state: 'dead',
      attempts: 11,
      createdAt: '2030-05-06T07:08:09.000Z',
      failure: 'It answered 500.',
    })
    const rest = await (await serving.api(`/v1/apps/default/webhooks?limit=2&after=${next}`)).json()
    expect((rest as { webhooks: unknown[] }).webhooks).toHaveLength(1)
    expect(await (await serving.api('/v1/apps/default/webhooks?state=waiting')).json()).toEqual({ webhooks: [] })
  })

  test('are sent again, one or all', async () => {
    const one = await serving.api(`/v1/apps/default/webhooks/${DEAD}/replay`, { method: 'POST' })
    expect(one.status).toBe(204)
    expect(await states()).toEqual(['waiting', 'dead', 'dead'])
    const again = await serving.api(`/v1/apps/default/webhooks/${DEAD}/replay`, { method: 'POST' })
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([404, 'PUSH_WEBHOOK_UNKNOWN'])
    const all = await serving.api('/v1/apps/default/webhooks/replay', { method: 'POST' })
    expect(await all.json()).toEqual({ replayed: 2 })
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting'])
  })

  test('an endpoint is tried over HTTP', async () => {
    const answer = await serving.api('/v1/apps/default/webhooks/test', { method: 'POST' })
    expect(answer.status).toBe(202)
    const { webhooks } = (await answer.json()) as { webhooks: unknown[] }
    expect(webhooks).toEqual([{ id: expect.any(String), url: 'https://example.com/hook' }])
    const waiting = await (await serving.api('/v1/apps/default/webhooks?state=waiting')).json()
    expect(waiting).toMatchObject({ webhooks: [{ type: 'webhook.test', attempts: 0 }] })
  })

  test('the library lists them, sends them again and tries an endpoint', async () => {
    const apps = { default: { webhooks: [{ url: 'https://example.com/hook?key=secret', secret: WEBHOOK_SECRET }] } }
    const options = { database: serving.url, secret: TEST_SECRET, workers: false, apps }
    await using sendword = await createSendword(options, { logger: silentLogger })
    const [first] = await sendword.webhooks.list({ limit: 1 })
    expect(first).toMatchObject({
      id: DEAD,
      state: 'dead',
      url: 'https://example.com/hook',
      failure: 'It answered 500.',
    })
    await sendword.webhooks.replay(DEAD)
    await expect(sendword.webhooks.replay(DEAD)).rejects.toMatchObject({ code: 'PUSH_WEBHOOK_UNKNOWN' })
    expect(await sendword.webhooks.list({ after: DEAD })).toHaveLength(2)
    expect(await sendword.webhooks.replayAll()).toBe(2)
    expect(await sendword.webhooks.test()).toEqual([{ id: expect.any(String), url: 'https://example.com/hook' }])
    expect(await sendword.webhooks.list({ state: 'waiting' })).toHaveLength(4)
  })

  test.each(['?state=lost', '?limit=0', '?after=x', '?page=1'])('are not listed with %s', async (search) => {
    expect((await serving.api(`/v1/apps/default/webhooks${search}`)).status).toBe(400)
  })

  test('are listed and sent again at the command line', async () => {
    const env = { DATABASE_URL: serving.url, SENDWORD_API_KEY: API_KEY }
    const run = (...words: string[]) => runCommand(['webhooks', ...words], { folder: '/tmp', env })
    const listed = await run('list')
    expect(listed.out).toMatch(/^ID +EVENT +URL +TRIES +SINCE +FAILURE$/m)
    expect(listed.out).toMatch(
      /^\S+0001 +device\.confirmed +https:\/\/example\.com\/hook +11 +2030-\S+ +It answered 500\.$/m,
    )
    expect((await run('replay', DEAD)).out).toBe('Sending 1 again.\n')
    expect(JSON.parse((await run('replay', '--all', '--json')).out)).toEqual({ replayed: 2 })
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting'])
    expect((await run('test')).err).toContain('PUSH_WEBHOOK_NOT_CONFIGURED')
    expect((await run('replay')).code).toBe(2)
    expect((await run('replay', DEAD)).err).toContain('PUSH_WEBHOOK_UNKNOWN')
  }, 60_000)
})
