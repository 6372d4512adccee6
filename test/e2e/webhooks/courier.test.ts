// How the outbox is emptied: over real sockets and a real PostgreSQL, with a clock that the test moves.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import type { Announcement } from '../../../src/model/webhook-event.ts'
import { claimWebhooks, listWebhooks, replayWebhooks } from '../../../src/store/webhooks.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createAnnouncer } from '../../../src/webhooks/announcer.ts'
import { type Courier, startCourier } from '../../../src/webhooks/courier.ts'
import type { WebhookEndpoint } from '../../../src/webhooks/endpoint.ts'
import { MAX_ATTEMPTS } from '../../../src/webhooks/retry-schedule.ts'
import { readWebhookSecret } from '../../../src/webhooks/sign.ts'
import { createManualClock, type ManualClock } from '../../kit/manual-clock.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { eventually } from '../../kit/query.ts'
import { isSigned, startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from '../../kit/webhook-receiver.ts'

const DAY_MS = 86_400_000
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
const secretBytes = (text: string) => readWebhookSecret(text) ?? Buffer.alloc(0)

let own: TestDatabase
let database: Database
let clock: ManualClock
let receiver: WebhookReceiver
let endpoints: WebhookEndpoint[]
const couriers: Courier[] = []

beforeAll(async () => {
  own = await createTestDatabase()
})
afterAll(async () => await own.dispose())
beforeEach(async () => {
  clock = createManualClock()
  database = await openDatabase({ database: own.url, logger: silentLogger, clock })
  await database.execute('TRUNCATE sendword.webhook')
  receiver = await startWebhookReceiver()
  endpoints = [endpointAt(receiver.url)]
})
afterEach(async () => {
  for (const courier of couriers.splice(0)) await courier.stop(0)
  await receiver[Symbol.asyncDispose]()
  await database.close()
})

function endpointAt(url: string, secrets = [WEBHOOK_SECRET]): WebhookEndpoint {
  return { url, secrets: secrets.map(secretBytes), events: ['device.unregistered'] }
}

function start(): void {
  const input = { database, clock, random: systemRandom, logger: silentLogger, proxy: undefined }
  couriers.push(startCourier({ ...input, endpoints: () => new Map([['default', endpoints]]) }))
}

async function announce(count = 1): Promise<void> {
  const announcer = createAnnouncer({
    endpointsOf: () => endpoints,
    clock,
    random: systemRandom,
    onAnnounced: () => {},
  })
  const announcements: Announcement[] = Array.from({ length: count }, (_, n) => {
    return { type: 'device.failed', app: 'default', deviceId: `device-${n}`, reason: 'NotRegistered' }
  })
  await database.transaction((tx) => announcer.announce(tx, announcements))
}

const waiting = () => listWebhooks(database, { app: 'default', state: 'waiting', limit: 100 })
const dead = () => listWebhooks(database, { app: 'default', state: 'dead', limit: 100 })
const untilGone = () => eventually(waiting, (left) => left.length === 0)
/** Once the try is written down. */
const untilFailed = (attempts: number) =>
  eventually(
    waiting,
    ([webhook]) => webhook?.attempts === attempts && (webhook.dueAt?.getTime() ?? 0) !== clock.now() + 60_000,
  )

/** Lets the courier look, second by second, as it may be busy when time moves. */
async function secondsUntil(found: () => boolean): Promise<void> {
  while (!found()) {
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const secondsUntilGotten = (count: number) => secondsUntil(() => receiver.received.length >= count)

test('a webhook is signed, holds the event, and is gone once it was taken', async () => {
  await announce()
  start()
  const [got] = await receiver.gotten(1)
  expect(got && isSigned(got)).toBe(true)
  expect(got?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'sendword' })
  expect(got?.headers['webhook-timestamp']).toBe(String(Math.floor(clock.now() / 1000)))
  expect(got?.event).toEqual({
    type: 'device.unregistered',
    timestamp: new Date(clock.now()).toISOString(),
    data: { app: 'default', deviceId: 'device-0', reason: 'NotRegistered' },
  })
  await untilGone()
})

test('while secrets are exchanged, each of them signs', async () => {
  endpoints = [endpointAt(receiver.url, [WEBHOOK_SECRET, OTHER_SECRET])]
  await announce()
  start()
  const [got] = await receiver.gotten(1)
  expect([WEBHOOK_SECRET, OTHER_SECRET].map((secret) => got && isSigned(got, secret))).toEqual([true, true])
})

test('what is not taken comes again, with the same id and a new time', async () => {
  receiver.answer = (response) => response.writeHead(receiver.received.length === 1 ? 500 : 200).end()
  await announce()
  start()
  await receiver.gotten(1)
  const [failed] = await untilFailed(1)
  expect(failed?.failure).toBe('It answered 500.')
  await secondsUntilGotten(2)
  const [first, second] = receiver.received
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp'])
  expect(second && isSigned(second)).toBe(true)
  await untilGone()
})

test('Retry-After is obeyed', async () => {
  receiver.answer = (response) => response.writeHead(503, { 'retry-after': '600' }).end()
  await announce()
  start()
  await receiver.gotten(1)
  const [failed] = await untilFailed(1)
  expect(failed?.dueAt?.getTime()).toBe(clock.now() + 600_000)
})

test('after the last try it is a dead letter, and can be sent again', async () => {
  receiver.answer = (response) => response.writeHead(500).end()
  await announce()
  start()
  for (let tries = 1; tries < MAX_ATTEMPTS; tries++) {
    await secondsUntilGotten(tries)
    await untilFailed(tries)
    await clock.advance(DAY_MS)
  }
  await secondsUntilGotten(MAX_ATTEMPTS)
  const [letter] = await eventually(dead, (letters) => letters.length === 1)
  expect(letter).toMatchObject({ attempts: MAX_ATTEMPTS, failure: 'It answered 500.', dueAt: undefined })
  receiver.answer = (response) => response.writeHead(200).end()
  expect(await replayWebhooks(database, { app: 'default', at: new Date(clock.now()) })).toBe(1)
  await secondsUntilGotten(MAX_ATTEMPTS + 1)
  await untilGone()
  expect(await dead()).toEqual([])
})

test('410 ends the tries at once', async () => {
  receiver.answer = (response) => response.writeHead(410).end()
  await announce()
  start()
  expect(await eventually(dead, (letters) => letters.length === 1)).toMatchObject([{ attempts: 1 }])
})

test('a redirect is not followed', async () => {
  await using elsewhere = await startWebhookReceiver()
  receiver.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end()
  await announce()
  start()
  await receiver.gotten(1)
  const [failed] = await untilFailed(1)
  expect(failed?.failure).toBe('It answered 307, a redirect, which is not followed.')
  expect(elsewhere.received).toEqual([])
})

test('an answer without end is cut off, and counts by its status', async () => {
  receiver.answer = (response) => {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  await announce()
  start()
  await receiver.gotten(1)
  await untilGone()
})

test('a receiver that cannot be reached is tried again, and the failure says so', async () => {
  await receiver[Symbol.asyncDispose]()
  await announce()
  start()
  const [failed] = await untilFailed(1)
  expect(failed?.failure).toMatch(/^127\.0\.0\.1:\d+ could not be connected to \(ECONNREFUSED\)\.$/)
  receiver = await startWebhookReceiver()
})

test('a receiver that never answers keeps no other one waiting', async () => {
  await using good = await startWebhookReceiver()
  receiver.answer = () => undefined
  endpoints = [endpointAt(receiver.url), endpointAt(good.url)]
  await announce(40)
  start()
  await good.gotten(40)
  expect(receiver.received.length).toBeLessThanOrEqual(10)
})

test('two processes deliver each webhook once', async () => {
  await announce(60)
  start()
  start()
  await receiver.gotten(60)
  await untilGone()
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(60)
  expect(receiver.received).toHaveLength(60)
})

test('what a process claimed that died is delivered by another', async () => {
  await announce()
  const room = [{ app: 'default', url: receiver.url, room: 1 }]
  const at = new Date(clock.now())
  expect(await claimWebhooks(database, { room, at, until: new Date(clock.now() + 60_000) })).toHaveLength(1)
  start()
  await clock.advance(59_000)
  expect(receiver.received).toEqual([])
  await secondsUntilGotten(1)
  await untilGone()
})

test('stopping cuts a try short, which then does not count', async () => {
  receiver.answer = () => undefined
  await announce()
  start()
  await receiver.gotten(1)
  let isStopped = false
  void couriers
    .splice(0)[0]
    ?.stop(5_000)
    .then(() => {
      isStopped = true
    })
  await secondsUntil(() => isStopped)
  expect(await waiting()).toMatchObject([{ attempts: 0 }])
})

test('nothing is told of what was rolled back', async () => {
  const announcer = createAnnouncer({
    endpointsOf: () => endpoints,
    clock,
    random: systemRandom,
    onAnnounced: () => {},
  })
  const told = database.transaction(async (tx) => {
    await announcer.announce(tx, [{ type: 'device.failed', app: 'default', deviceId: 'device-0', reason: 'x' }])
    throw new Error('rolled back')
  })
  await expect(told).rejects.toThrow('rolled back')
  expect(await waiting()).toEqual([])
})

test('an endpoint that is not configured any more keeps what waits for it until it is again', async () => {
  await announce()
  const [gone] = endpoints.splice(0)
  start()
  await clock.advance(2_000)
  expect(await waiting()).toMatchObject([{ attempts: 0 }])
  if (gone) endpoints.push(gone)
  await secondsUntilGotten(1)
})
