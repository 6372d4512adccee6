// Who goes first: a single message does not wait for a broadcast.

import { afterEach, expect, test } from 'vitest'
import { NO_TIMING } from '../../../src/model/timing.ts'
import { acceptForAudience } from '../../../src/publishing/accept-audience.ts'
import { startFanOutLoop } from '../../../src/publishing/fan-out-loop.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { eventually, query } from '../../kit/query.ts'

let kit: EngineKit
afterEach(() => kit[Symbol.asyncDispose]())

const IN_FLIGHT = 50

/** A push service that answers only when it is told to. */
function gatedPush() {
  const gates: Array<() => void> = []
  let isOpen = false
  const push = scriptedPush('fcm', {
    maxInFlight: IN_FLIGHT,
    async send(send) {
      push.sends.push(send)
      if (!isOpen) await new Promise<void>((resolve) => gates.push(resolve))
      return push.answer(send)
    },
  })
  return {
    push,
    answerOne: () => gates.shift()?.(),
    answerAll() {
      isOpen = true
      for (const gate of gates) gate()
    },
  }
}

test('a single message takes the next free stream, before the thousands that wait', async () => {
  const { push, answerOne, answerAll } = gatedPush()
  kit = await createEngineKit({ push })
  await kit.addDevices(20_000)
  await kit.startWorker()
  const fanOut = await startFanOutLoop({ ...kit, clock: systemClock, logger: silentLogger })
  const publishing = {
    ...{ queue: kit.queue, clock: systemClock, random: systemRandom, signsReceipts: false },
    appTimingOf: () => NO_TIMING,
    rulesOf: () => push.transport,
    transportsOf: () => ['fcm' as const],
  }
  const everyone = { app: 'default', audience: { everyone: true } as const, content: { data: { to: 'all' } } }
  const broadcast = await kit.database.transaction((tx) => acceptForAudience(publishing, tx, everyone))
  await eventually(
    async () => push.sends.length,
    (sends) => sends === IN_FLIGHT,
  )

  const [single = ''] = await kit.submit(['device-0007'])
  const claimed = `SELECT FROM sendword_queue.job WHERE data->>'messageId' = $1 AND state = 'active'`
  await eventually(
    () => query(kit.url, claimed, [single]),
    (rows) => rows.length === 1,
  )
  const isSent = () => push.sends.some(({ messageId }) => messageId === single)
  while (!isSent()) {
    const before = push.sends.length
    answerOne()
    await eventually(
      async () => push.sends.length,
      (sends) => sends > before,
    )
  }
  // The few that began between its claim and its place in the line.
  expect(push.sends.findIndex(({ messageId }) => messageId === single)).toBeLessThan(IN_FLIGHT + 100)

  answerAll()
  expect(await kit.outcomes([single])).toEqual(['accepted'])
  await eventually(
    () => query(kit.url, 'SELECT FROM sendword.message WHERE id = $1 AND open_slices = 0', [broadcast.id]),
    (rows) => rows.length === 1,
  )
  const addresses = push.sends.filter(({ messageId }) => messageId === broadcast.id).map(({ address }) => address)
  expect(new Set(addresses).size).toBe(20_000)
  expect(addresses).toHaveLength(20_000)
  await fanOut.stop()
}, 120_000)
