// Idempotency keys under fifty requests at once, of which any may lose its answer or be cut off before any statement.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database, Tx } from '../../../src/database/tx.ts'
import { PushError } from '../../../src/model/push-error.ts'
import { NO_TIMING } from '../../../src/model/timing.ts'
import type { AcceptContext } from '../../../src/publishing/accept.ts'
import { acceptForAudience } from '../../../src/publishing/accept-audience.ts'
import { createGroupCommit } from '../../../src/publishing/group-commit.ts'
import { openQueue, type Queue } from '../../../src/queue/queue.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { scriptedPush } from '../../kit/engine.ts'
import { insertFleet } from '../../kit/fleet.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { PATIENCE_MS, runs } from '../../kit/runs.ts'

let own: TestDatabase
let database: Database
let queue: Queue
beforeAll(async () => {
  own = await createTestDatabase()
  database = await openDatabase({ database: own.url, logger: silentLogger, clock: systemClock })
  queue = await openQueue({ database, logger: silentLogger, supervise: false })
  await insertFleet(own.url, 3)
})
afterAll(async () => {
  await queue.close()
  await database.close()
  await own.dispose()
})

interface Request {
  readonly key: number
  /** What is asked for under the key: the same number, the same request. */
  readonly body: number
  /** Which of two processes is asked. */
  readonly process: 0 | 1
}

const REQUESTS = 50
const requests = fc.array(
  fc.record({
    key: fc.nat(3),
    body: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3)),
    process: fc.constantFrom(0, 1),
  }),
  { minLength: REQUESTS, maxLength: REQUESTS },
)
/** Which statements and commits fail, by their number; those of an even number after they were done. */
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })

class Cut extends Error {}

/** A connection that is cut now and then: before a statement, or after a commit that nobody hears of. */
function cutting(at: ReadonlySet<number>): Database {
  let steps = 0
  const mayCut = () => {
    if (at.has(++steps)) throw new Cut(`cut at ${steps}`)
  }
  const inside = (tx: Tx): Tx => ({
    drizzle: tx.drizzle,
    async execute(text, values) {
      mayCut()
      return await tx.execute<never>(text, values)
    },
  })
  return {
    ...database,
    execute: (text, values) => database.execute<never>(text, values),
    async transaction(work) {
      const result = await database.transaction(async (tx) => await work(inside(tx)))
      mayCut()
      return result
    },
  }
}

function createProcess(at: ReadonlySet<number>) {
  const push = scriptedPush('fcm')
  const context: AcceptContext & { readonly database: Database } = {
    ...{ database: cutting(at), queue, clock: systemClock, random: systemRandom, signsReceipts: false },
    rulesOf: () => push.transport,
    appTimingOf: () => NO_TIMING,
    transportsOf: () => ['fcm'],
  }
  const single = createGroupCommit(context)
  return async (run: number, { key, body }: Request): Promise<string> => {
    const submission = { app: 'default', content: { data: { body: `${body}` } }, idempotencyKey: `key-${run}-${key}` }
    // Odd ones are for an audience, even ones for one device.
    const ask = () =>
      body % 2 === 0
        ? single({ ...submission, deviceId: 'device-0' })
        : context.database.transaction((tx) =>
            acceptForAudience(context, tx, { ...submission, audience: { everyone: true } }),
          )
    for (;;) {
      try {
        return (await ask()).id
      } catch (error) {
        if (error instanceof PushError) return error.code
        if (!(error instanceof Cut)) throw error
      }
    }
  }
}

let run = 0
test(
  'each key is one message with one job, told to all who asked for it, and everybody else hears of a conflict',
  async () => {
    await fc.assert(
      fc.asyncProperty(requests, cuts, async (asked, cutAt) => {
        run++
        const processes = [createProcess(new Set(cutAt)), createProcess(new Set())]
        const answers = await Promise.all(
          asked.map(async (request) => await processes[request.process]?.(run, request)),
        )
        const rows = await database.execute<{ id: string; key: string; jobs: number }>(
          `SELECT m.id, m.idempotency_key AS key,
                (SELECT count(*)::int FROM sendword_queue.job AS j WHERE j.data ->> 'messageId' = m.id::text) AS jobs
           FROM sendword.message AS m WHERE m.idempotency_key LIKE $1`,
          [`key-${run}-%`],
        )
        expect(rows).toHaveLength(new Set(asked.map(({ key }) => key)).size)
        expect(rows.map(({ jobs }) => jobs)).toEqual(rows.map(() => 1))
        for (const { id, key } of rows) {
          const own = asked.flatMap((request, n) =>
            `key-${run}-${request.key}` === key ? [{ ...request, answer: answers[n] }] : [],
          )
          const winner = own.find(({ answer }) => answer === id)?.body
          expect(winner).toBeDefined()
          for (const { body, answer } of own) expect(answer).toBe(body === winner ? id : 'PUSH_IDEMPOTENCY_CONFLICT')
        }
      }),
      runs(12),
    )
  },
  PATIENCE_MS,
)
