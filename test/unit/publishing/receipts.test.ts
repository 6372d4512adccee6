// What receipts cost the database: many share a statement, and what was told before, or cannot be believed, costs none.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { createReceiptTokens } from '../../../src/model/receipt-token.ts'
import { createReceiptDesk } from '../../../src/publishing/receipts.ts'
import { utcDate } from '../../../src/store/deliveries.ts'
import { insertMessages } from '../../../src/store/messages.ts'
import { countReceipts } from '../../../src/store/receipts.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

const APP = 'default'
const tokens = createReceiptTokens('a-secret-for-tests-of-32-characters!')
const releasedOn = utcDate(new Date())

let own: TestDatabase
let database: Database
beforeAll(async () => {
  own = await createTestDatabase()
  database = await openDatabase({ database: own.url, logger: silentLogger, clock: systemClock })
})
afterAll(async () => {
  await database.close()
  await own.dispose()
})

/** A desk, and how many statements it has made; `fail` makes the next one fail. */
function createDesk() {
  const desk = { statements: 0, failing: false }
  const counting = {
    async execute(sql: string, values?: readonly unknown[]) {
      desk.statements++
      if (desk.failing) throw new Error('The database is away.')
      return await database.execute(sql, values)
    },
  } as Database
  return Object.assign(desk, createReceiptDesk({ database: counting, clock: systemClock, tokens }))
}

async function newMessage(): Promise<string> {
  const at = new Date()
  const message = { id: randomUUID(), app: APP, device: randomUUID(), content: { data: {}, receipts: true } }
  const rest = { releasedOn, acceptedAt: at, expiresAt: at, singleTry: false }
  await insertMessages(database, [{ ...message, ...rest }])
  return message.id
}

const tokenFor = (messageId: string) => tokens.issue({ app: APP, messageId, device: randomUUID(), releasedOn })

test('thousands that come together share few statements', async () => {
  const desk = createDesk()
  const messageId = await newMessage()
  const claims = Array.from({ length: 2000 }, () => ({ receipt: tokenFor(messageId), event: 'opened' as const }))
  const answers = await Promise.all(claims.map((claim) => desk.take(APP, [claim])))
  expect(answers.flat()).toEqual([])
  expect(desk.statements).toBeLessThanOrEqual(10)
  expect((await countReceipts(database, messageId))?.counts).toMatchObject({ delivered: 2000, opened: 2000 })
})

test('the same told a hundred times costs one statement', async () => {
  const desk = createDesk()
  const claim = { receipt: tokenFor(await newMessage()), event: 'opened' as const }
  for (let round = 0; round < 100; round++) expect(await desk.take(APP, [claim])).toEqual([])
  expect(desk.statements).toBe(1)
})

test('a token of a message that is gone costs one statement, however often it is told', async () => {
  const desk = createDesk()
  const claim = { receipt: tokenFor(randomUUID()), event: 'delivered' as const }
  for (let round = 0; round < 100; round++) expect(await desk.take(APP, [claim])).toEqual([0])
  expect(desk.statements).toBe(1)
})

test('a token that is not genuine costs none', async () => {
  const desk = createDesk()
  const claims = Array.from({ length: 100 }, (_, n) => ({
    receipt: `${n}`.padStart(68, 'A'),
    event: 'opened' as const,
  }))
  expect(await desk.take(APP, claims)).toHaveLength(100)
  expect(desk.statements).toBe(0)
})

test('what could not be written is not taken for told', async () => {
  const desk = createDesk()
  const messageId = await newMessage()
  const claim = { receipt: tokenFor(messageId), event: 'opened' as const }
  desk.failing = true
  await expect(desk.take(APP, [claim])).rejects.toThrow('away')
  desk.failing = false
  expect(await desk.take(APP, [claim])).toEqual([])
  expect((await countReceipts(database, messageId))?.counts).toMatchObject({ opened: 1 })
})
