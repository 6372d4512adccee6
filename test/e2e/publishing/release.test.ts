// The release of scheduled messages by itself: nothing is lost and nothing doubled, whoever dies at whatever moment.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_TIMING } from '../../../src/model/timing.ts'
import { type AcceptContext, acceptAll, newMessage } from '../../../src/publishing/accept.ts'
import { releaseAllDue } from '../../../src/publishing/release.ts'
import { insertMessages } from '../../../src/store/messages.ts'
import { cancelWaiting } from '../../../src/store/releases.ts'
import { uuidv7 } from '../../../src/util/ids.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { dyingDatabase } from '../../kit/dying-database.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'

const HOUR = 3_600_000
const clock = createShiftedClock()
let kit: EngineKit
let context: AcceptContext
beforeAll(async () => {
  kit = await createEngineKit({ push: scriptedPush('fcm'), clock })
  await kit.addDevices(3)
  context = {
    ...{ queue: kit.queue, clock, random: systemRandom, signsReceipts: false },
    rulesOf: () => kit.push.transport,
    transportsOf: () => ['fcm'],
    appTimingOf: () => NO_TIMING,
  }
})
afterAll(() => kit[Symbol.asyncDispose]())

/** Three for a device each, and one for everyone, due in an hour. */
async function schedule(): Promise<string[]> {
  const message = { app: 'default', content: { data: { a: 'b' } }, timing: { sendAt: new Date(clock.now() + HOUR) } }
  return await kit.database.transaction(async (tx) => {
    const singles = ['device-0000', 'device-0001', 'device-0002'].map((deviceId) => ({ ...message, deviceId }))
    const results = await acceptAll(context, tx, singles)
    const many = newMessage(context, message)
    await insertMessages(tx, [{ ...many, id: uuidv7(clock, systemRandom), audience: { everyone: true } }])
    return results.flatMap((result) => ('accepted' in result ? result.accepted.id : []))
  })
}

async function jobs(): Promise<{ name: string; count: number }[]> {
  return await query(
    kit.url,
    'SELECT name, count(*)::int AS count, count(DISTINCT data)::int AS messages FROM sendword_queue.job GROUP BY name ORDER BY name',
  )
}
const ALL_ONCE = [
  { name: 'delivery', count: 3, messages: 3 },
  { name: 'fan-out', count: 1, messages: 1 },
]

async function clear(): Promise<void> {
  await query(kit.url, 'DELETE FROM sendword_queue.job')
  await query(kit.url, 'DELETE FROM sendword.message')
}

test('a process that dies before any of its statements loses nothing and doubles nothing', async () => {
  for (let at = 1; ; at++) {
    await clear()
    await schedule()
    clock.advance(HOUR)
    const database = dyingDatabase(kit.database, at)
    await releaseAllDue({ ...kit, database }).catch(() => undefined)
    if (database.died) await releaseAllDue(kit)
    expect(await jobs()).toEqual(ALL_ONCE)
    if (!database.died) {
      expect(at).toBeGreaterThan(4)
      return
    }
  }
})

test('nothing goes before its time, and many that look at once release it once', async () => {
  await clear()
  await schedule()
  const next = await releaseAllDue(kit)
  expect(next).toBeGreaterThan(clock.now())
  expect(await jobs()).toEqual([])
  clock.advance(HOUR)
  await Promise.all(Array.from({ length: 8 }, () => releaseAllDue(kit)))
  expect(await jobs()).toEqual(ALL_ONCE)
})

test('what is cancelled at the same moment is either released or cancelled, never both', async () => {
  await clear()
  const ids = await schedule()
  clock.advance(HOUR)
  const at = new Date(clock.now())
  const cancel = (id: string) =>
    kit.database.transaction((tx) => cancelWaiting(tx, { app: 'default', id, at, reason: 'Cancelled' }))
  const [, ...cancelled] = await Promise.all([releaseAllDue(kit), ...ids.map(cancel)])
  // A release passes over what is being cancelled, and what it was passed over for is gone.
  await releaseAllDue(kit)
  const stopped = cancelled.filter(Boolean).length
  const [delivery = { name: 'delivery', count: 0 }] = (await jobs()).filter(({ name }) => name === 'delivery')
  expect(delivery.count + stopped).toBe(ids.length)
})
