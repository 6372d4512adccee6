// Fan-out by itself, without anybody who sends: nobody is left out and nobody twice, whoever dies at whatever moment.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/database/tx.ts'
import type { Audience } from '../../../src/model/audience.ts'
import { NO_TIMING } from '../../../src/model/timing.ts'
import { type AcceptContext, newMessage } from '../../../src/publishing/accept.ts'
import { countAudience } from '../../../src/publishing/count-audience.ts'
import { takeTurn } from '../../../src/publishing/fan-out.ts'
import type { ClaimedFanOut } from '../../../src/queue/fan-out-queue.ts'
import { insertMessages } from '../../../src/store/messages.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { dyingDatabase } from '../../kit/dying-database.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { insertFleet } from '../../kit/fleet.ts'
import { query } from '../../kit/query.ts'

const FLEET = 12_300

let kit: EngineKit
beforeAll(async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm') })
  await insertFleet(kit.url, FLEET)
})
afterAll(() => kit[Symbol.asyncDispose]())

async function accept(audience: Audience): Promise<ClaimedFanOut> {
  const message = newMessage(
    { clock: systemClock, random: systemRandom, appTimingOf: () => NO_TIMING } as unknown as AcceptContext,
    {
      app: 'default',
      content: { data: { a: 'b' } },
    },
  )
  await kit.database.transaction(async (tx) => {
    await insertMessages(tx, [{ ...message, audience }])
    await kit.queue.fanOuts.enqueue(tx, { messageId: message.id })
  })
  const claims = await kit.queue.fanOuts.claim(100)
  const claim = claims.find(({ job }) => job.messageId === message.id)
  if (!claim) throw new Error('the fan-out is not due')
  return claim
}

/** What became of a message: its jobs' devices, in the order of the jobs, and its own figures. */
async function outcome(messageId: string) {
  const jobs = await query<{ devices: string[] }>(
    kit.url,
    `SELECT data->'devices' AS devices FROM sendword_queue.job WHERE name = 'delivery' AND data->>'messageId' = $1`,
    [messageId],
  )
  const [figures] = await query<{ size: number; open: number }>(
    kit.url,
    'SELECT audience_size AS size, open_slices AS open FROM sendword.message WHERE id = $1',
    [messageId],
  )
  const devices = jobs.flatMap((job) => job.devices)
  return { jobs: jobs.length, largest: Math.max(...jobs.map((job) => job.devices.length)), devices, ...figures }
}

async function expectEveryoneOnce(messageId: string): Promise<void> {
  const { devices, size, open, jobs, largest } = await outcome(messageId)
  expect({ size, devices: devices.length, distinct: new Set(devices).size, open }).toEqual({
    ...{ size: FLEET, devices: FLEET, distinct: FLEET },
    open: jobs,
  })
  expect(largest).toBeLessThanOrEqual(1_000)
}

test('a process that dies before any of its statements leaves nobody out and nobody twice', async () => {
  for (let at = 1; ; at++) {
    const claim = await accept({ everyone: true })
    const database = dyingDatabase(kit.database, at)
    await takeTurn({ ...kit, database }, claim).catch(() => undefined)
    if (database.died) await takeTurn(kit, claim)
    await expectEveryoneOnce(claim.job.messageId)
    if (!database.died) {
      expect(at).toBeGreaterThan(12)
      return
    }
  }
}, 120_000)

test('two processes that hold the same fan-out do it once', async () => {
  const claim = await accept({ everyone: true })
  await Promise.all([takeTurn(kit, claim), takeTurn(kit, claim), takeTurn(kit, claim)])
  await expectEveryoneOnce(claim.job.messageId)
})

test('a filter that few devices pass makes small jobs, and ends', async () => {
  const audience = { where: { labels: { plan: 'free' } } }
  await query(
    kit.url,
    `UPDATE sendword.device SET labels = '{"plan": "free"}' WHERE device_id IN ('device-1', 'device-12299')`,
  )
  const claim = await accept(audience)
  await takeTurn(kit, claim)
  expect(await outcome(claim.job.messageId)).toMatchObject({ size: 2, jobs: 2 })
  expect(await countAudience({ database: kit.database, clock: systemClock }, { app: 'default', audience })).toEqual({
    ...{ devices: 2, unreachable: 0, complete: true },
    byTransport: { fcm: 2 },
  })
})

describe('a large audience', () => {
  beforeAll(() => insertMore(80_000))

  test('waits for delivery once it is some tens of jobs ahead', async () => {
    let claim = await accept({ everyone: true })
    const { messageId } = claim.job
    let dueInMs: number | undefined = 0
    while (dueInMs === 0) {
      dueInMs = await takeTurn(kit, claim)
      claim = (await kit.queue.fanOuts.claim(1))[0] ?? claim
    }
    expect(dueInMs).toBeGreaterThan(0)
    const { jobs, open, size } = await outcome(messageId)
    expect({ open, size }).toEqual({ open: jobs, size: null })
    expect(jobs).toBeGreaterThanOrEqual(64)
    expect(jobs).toBeLessThan(75)
  }, 60_000)

  test.each<[string, Audience]>([
    ['everyone', { everyone: true }],
    ['devices', { devices: ['device-5', 'device-70000'] }],
    ['users', { users: ['user-7', 'user-7000'] }],
    ['a filter', { where: { locale: 'pt', labels: { plan: 'pro' } } }],
  ])(
    '%s is never found by reading the whole table',
    async (_, audience) => {
      const seen: Array<[text: string, values: readonly unknown[]]> = []
      const claim = await accept(audience)
      const database: Database = {
        ...kit.database,
        transaction: (work) =>
          kit.database.transaction((tx) =>
            work({
              drizzle: tx.drizzle,
              execute(text, values = []) {
                seen.push([text, values])
                return tx.execute(text, values)
              },
            }),
          ),
      }
      await takeTurn({ ...kit, database }, claim)
      const pages = seen.filter(([text]) => text.includes('sendword.device'))
      expect(pages.length).toBeGreaterThan(0)
      for (const [text, values] of pages) {
        const plan = await query<{ 'QUERY PLAN': string }>(kit.url, `EXPLAIN ${text}`, [...values])
        expect(plan.map((line) => line['QUERY PLAN']).join('\n')).not.toMatch(/Seq Scan on (\w+\.)?device/)
      }
    },
    60_000,
  )
})

async function insertMore(count: number): Promise<void> {
  await query(kit.url, 'DELETE FROM sendword.device')
  await insertFleet(kit.url, count)
}
