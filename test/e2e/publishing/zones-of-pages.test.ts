// Which audiences are looked at by the zones of their devices.
import { afterEach, expect, test } from 'vitest'
import type { Tx } from '../../../src/database/tx.ts'
import type { StoredTiming } from '../../../src/model/timing.ts'
import { takeTurn } from '../../../src/publishing/fan-out.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'

let kit: EngineKit
afterEach(() => kit[Symbol.asyncDispose]())

const MESSAGE = '01923f6e-0000-7000-8000-000000000000'

/** The statements of the fan-out of a message to everyone. */
async function statementsFor(timing: StoredTiming): Promise<string> {
  await query(
    kit.url,
    `INSERT INTO sendword.message (id, app, audience, content, released_on, accepted_at, expires_at, single_try, timing)
     VALUES ($1, 'default', '{"everyone":true}', '{"data":{}}', now(), now(), now() + interval '1 day', false, $2)`,
    [MESSAGE, JSON.stringify(timing)],
  )
  await kit.queue.fanOuts.enqueue(kit.database, { messageId: MESSAGE })
  const [claim] = await kit.queue.fanOuts.claim(1)
  if (!claim) throw new Error('no fan-out to take')
  const seen: string[] = []
  const watched = (tx: Tx): Tx => ({
    drizzle: tx.drizzle,
    execute(text, values) {
      seen.push(text)
      return tx.execute(text, values)
    },
  })
  const { database } = kit
  const transaction: typeof database.transaction = (work) => database.transaction((tx) => work(watched(tx)))
  await takeTurn({ queue: kit.queue, clock: systemClock, database: { ...plain(), transaction } }, claim)
  return seen.join('\n')
}

function plain() {
  const { database } = kit
  return {
    ...{ location: database.location, folder: database.folder, drizzle: database.drizzle },
    execute: database.execute.bind(database),
    listen: database.listen.bind(database),
    close: database.close.bind(database),
  }
}

test.each<[what: string, asks: boolean, timing: StoredTiming]>([
  [
    'the devices of a message that goes at one moment are found without their zones',
    false,
    { timeZone: 'UTC', ttl: 60 },
  ],
  [
    'those of one that obeys quiet hours are found by their zones',
    true,
    { timeZone: 'UTC', ttl: 60, quietHours: { from: '22:00', to: '08:00' } },
  ],
  [
    'those of one for a local time are found by their zones',
    true,
    { timeZone: 'UTC', ttl: 60, localTime: { at: '09:00', ifPast: 'now' } },
  ],
])('%s', async (_, asks, timing) => {
  kit = await createEngineKit({ push: scriptedPush('fcm') })
  await kit.addDevices(3)
  const statements = await statementsFor(timing)
  expect(/time_zone/.test(statements)).toBe(asks)
  const [row] = await query<{ found: number }>(kit.url, 'SELECT fanned_out AS found FROM sendword.message')
  expect(row?.found).toBe(3)
})
