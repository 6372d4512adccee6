// Many messages that are due at once, as after a time without workers.
import { afterEach, expect, test } from 'vitest'
import { startReleaseLoop } from '../../../src/publishing/release-loop.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'

let kit: EngineKit
afterEach(() => kit[Symbol.asyncDispose]())

const MANY = 1_000

test('a process that stops ends the batch under way, and leaves the others to the next', async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm') })
  await query(
    kit.url,
    `INSERT INTO sendword.message (id, app, device, content, audience_size, released_on, accepted_at, expires_at, single_try,
                                   release_at, is_waiting)
     SELECT gen_random_uuid(), 'default', gen_random_uuid(), '{"data":{}}', 1, now(), now(), now(), false, now(), true
       FROM generate_series(1, ${MANY})`,
  )
  const { database } = kit
  const ended = Promise.withResolvers<void>()
  const loop = startReleaseLoop({
    queue: kit.queue,
    clock: systemClock,
    logger: silentLogger,
    database: {
      ...{ location: database.location, folder: database.folder, drizzle: database.drizzle },
      execute: (text, values) => database.execute(text, values),
      listen: (...args) => database.listen(...args),
      close: () => database.close(),
      async transaction(work) {
        const result = await database.transaction(work)
        ended.resolve(loop.stop())
        return result
      },
    },
  })
  await ended.promise
  const [row] = await query<{ waiting: number }>(
    kit.url,
    'SELECT count(*)::int AS waiting FROM sendword.message WHERE is_waiting',
  )
  expect(row?.waiting).toBe(MANY - 200)
})
