// A message that is cancelled while a worker puts it off to a later hour.
import { afterEach, expect, test } from 'vitest'
import { recordBatch } from '../../../src/delivery/record-batch.ts'
import { createSendTally } from '../../../src/delivery/send-tally.ts'
import type { SliceJob } from '../../../src/queue/job.ts'
import { cancelMessage } from '../../../src/store/fan-outs.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'

const HOUR_MS = 3_600_000

let kit: EngineKit
afterEach(() => kit[Symbol.asyncDispose]())

test('its job does not wait for that hour, and that of another one does', async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm') })
  await kit.addDevices(2)
  const [cancelled = ''] = await kit.submit(['device-0000', 'device-0001'])
  const claims = await kit.queue.claim(2)
  await kit.database.transaction((tx) => cancelMessage(tx, 'default', cancelled, new Date()))

  const dueAt = systemClock.now() + HOUR_MS
  const context = {
    ...{ database: kit.database, queue: kit.queue, clock: systemClock, logger: silentLogger },
    tally: createSendTally({ clock: systemClock, isWatched: () => false }),
  }
  const later = (job: SliceJob) => [{ job: { ...job, dueAt }, delayMs: HOUR_MS }]
  await recordBatch(
    context,
    claims.map((claim) => ({ finished: { claim, later: later(claim.job as SliceJob) } })),
  )

  const jobs = await query<{ messageId: string; isDue: boolean }>(
    kit.url,
    `SELECT data->>'messageId' AS "messageId", start_after <= now() AS "isDue" FROM sendword_queue.job
      WHERE name = 'delivery' AND state = 'created'`,
  )
  expect(jobs).toHaveLength(2)
  for (const { messageId, isDue } of jobs) expect(isDue).toBe(messageId === cancelled)
})
