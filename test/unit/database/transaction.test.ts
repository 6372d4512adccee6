// Transactions on a real PostgreSQL: commit, rollback, the guard on the outer handle, deadlocks, lost connections.
import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database, Tx } from '../../../src/database/tx.ts'
import { txFromExecutor } from '../../../src/database/tx-from-executor.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

const note = pgTable('note', {
  id: integer('id').primaryKey(),
  body: text('body').notNull(),
  writtenAt: timestamp('written_at', { withTimezone: true }).notNull(),
})
const WRITTEN_AT = new Date('2026-01-02T03:04:05.678Z')

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase({ empty: true })
  database = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock, poolSize: 4 })
  await database.execute(
    'CREATE TABLE note (id integer PRIMARY KEY, body text NOT NULL, written_at timestamptz NOT NULL)',
  )
})
afterAll(async () => {
  await database?.close()
  await testDatabase?.dispose()
})
beforeEach(async () => {
  await database.execute('TRUNCATE note')
})

const write = (tx: Tx, id: number, body = 'a') =>
  tx.execute('INSERT INTO note VALUES ($1, $2, $3)', [id, body, WRITTEN_AT])
const bodies = async () =>
  (await database.execute<{ body: string }>('SELECT body FROM note ORDER BY id')).map(({ body }) => body)

describe('a transaction', () => {
  it('commits when its work resolves, and passes the result on', async () => {
    const result = await database.transaction(async (tx) => {
      await write(tx, 1)
      return 'done'
    })
    expect(result).toBe('done')
    expect(await bodies()).toEqual(['a'])
  })

  it('rolls back when its work rejects, and passes the error on as it is', async () => {
    const mine = new Error('mine')
    const failed = database.transaction(async (tx) => {
      await write(tx, 1)
      throw mine
    })
    await expect(failed).rejects.toBe(mine)
    expect(await bodies()).toEqual([])
  })

  it('rejects with the error of the statement that work swallowed', async () => {
    const swallowed = database.transaction(async (tx) => {
      await write(tx, 1)
      await write(tx, 1).catch(() => undefined)
    })
    await expect(swallowed).rejects.toMatchObject({ code: '23505' })
    expect(await bodies()).toEqual([])
  })

  it('runs statements that were started together one after the other', async () => {
    await database.transaction(async (tx) => {
      await Promise.all([write(tx, 1, 'a'), write(tx, 2, 'b'), write(tx, 3, 'c')])
    })
    expect(await bodies()).toEqual(['a', 'b', 'c'])
  })

  it('rejects with the error of the first statement that failed, whichever is waited for', async () => {
    const failed = database.transaction(async (tx) => {
      await write(tx, 1)
      void write(tx, 1).catch(() => undefined)
      await write(tx, 2)
    })
    await expect(failed).rejects.toMatchObject({ code: '23505' })
    expect(await bodies()).toEqual([])
  })

  it('is over when its work threw before any statement', async () => {
    const mine = new Error('mine')
    const failed = Promise.all([1, 2, 3, 4].map(() => database.transaction(() => Promise.reject(mine))))
    await expect(failed).rejects.toBe(mine)
    await write(database, 1)
    await expect(database.transaction(() => Promise.reject(mine))).rejects.toBe(mine)
    expect(await bodies()).toEqual(['a'])
  })

  it('refuses a statement after its end', async () => {
    let kept: Tx | undefined
    await database.transaction(async (tx) => {
      kept = tx
    })
    await expect(kept?.execute('SELECT 1')).rejects.toMatchObject({ code: 'PUSH_TRANSACTION_FOREIGN' })
  })
})

describe('the outer handle inside a transaction', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['execute', () => database.execute('SELECT 1')],
    ['drizzle', () => database.drizzle.select().from(note)],
    ['transaction', () => database.transaction(async () => undefined)],
  ])('is refused: %s', async (_, use) => {
    const nested = database.transaction(async () => {
      await Promise.resolve()
      return await use()
    })
    await expect(nested).rejects.toMatchObject({ code: 'PUSH_TRANSACTION_NESTED' })
  })

  it('may be used by what was started inside and runs after the end', async () => {
    let release = () => {}
    const ended = new Promise<void>((resolve) => {
      release = resolve
    })
    let later: Promise<unknown> | undefined
    await database.transaction(async () => {
      later = ended.then(() => database.execute('SELECT 1'))
    })
    release()
    await expect(later).resolves.toHaveLength(1)
  })
})

describe('two transactions in a deadlock', () => {
  it('both commit, because the victim runs again', async () => {
    await write(database, 1, '')
    await write(database, 2, '')
    let runs = 0
    let arrived = 0
    let bothHoldOne = () => {}
    const meeting = new Promise<void>((resolve) => {
      bothHoldOne = resolve
    })
    const append = (tx: Tx, id: number, text: string) =>
      tx.execute('UPDATE note SET body = body || $2 WHERE id = $1', [id, text])
    const appendBoth = (first: number, second: number, text: string) =>
      database.transaction(async (tx) => {
        runs++
        await append(tx, first, text)
        if (++arrived === 2) bothHoldOne()
        await meeting
        await append(tx, second, text)
      })
    await Promise.all([appendBoth(1, 2, 'x'), appendBoth(2, 1, 'y')])
    expect(runs).toBeGreaterThan(2)
    for (const body of await bodies()) expect([...body].sort()).toEqual(['x', 'y'])
  })
})

describe('a text with a transaction of its own', () => {
  it('leaves its connection fit for the next statement when it fails midway', async () => {
    const options = { database: testDatabase.url, logger: silentLogger, clock: systemClock }
    const single = await openDatabase({ ...options, poolSize: 1 })
    const failed = single.execute('BEGIN; CREATE TABLE made_by_it (id integer); SELECT 1 / 0; COMMIT')
    await expect(failed).rejects.toMatchObject({ code: '22012' })
    expect(await single.execute('SELECT to_regclass($1) AS table', ['made_by_it'])).toEqual([{ table: null }])
    await single.transaction((tx) => write(tx, 1, 'after'))
    expect(await bodies()).toEqual(['after'])
    await single.close()
  })
})

describe('a connection that is lost', () => {
  const backend = async (tx: Tx) => (await tx.execute<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid

  it('fails the transaction on it with PUSH_DATABASE_DOWN, and the next one works', async () => {
    const outside = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock })
    const failed = database.transaction(async (tx) => {
      await write(tx, 1)
      await outside.execute('SELECT pg_terminate_backend($1)', [await backend(tx)])
      await write(tx, 2)
    })
    await expect(failed).rejects.toMatchObject({ code: 'PUSH_DATABASE_DOWN' })
    await database.transaction((tx) => write(tx, 3, 'after'))
    expect(await bodies()).toEqual(['after'])
    await outside.close()
  })

  it('fails the transaction also when it was lost between two statements', async () => {
    const outside = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock })
    const failed = database.transaction(async (tx) => {
      const pid = await backend(tx)
      await outside.execute('SELECT pg_terminate_backend($1, 5000)', [pid])
      await outside.execute('SELECT 1')
      await setImmediate()
      await write(tx, 2)
    })
    await expect(failed).rejects.toMatchObject({ code: 'PUSH_DATABASE_DOWN' })
    await outside.close()
  })

  it('does no harm while it is idle', async () => {
    const outside = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock })
    const pid = await backend(database)
    await outside.execute('SELECT pg_terminate_backend($1, 5000)', [pid])
    await expect.poll(() => database.execute('SELECT 1').catch(() => undefined)).toHaveLength(1)
    await outside.close()
  })
})

describe('drizzle', () => {
  it('reads and writes on the same connection as execute', async () => {
    await database.transaction(async (tx) => {
      await tx.drizzle.insert(note).values({ id: 1, body: 'a', writtenAt: WRITTEN_AT })
      expect(await tx.execute('SELECT id FROM note')).toEqual([{ id: 1 }])
      expect(await tx.drizzle.select().from(note)).toEqual([{ id: 1, body: 'a', writtenAt: WRITTEN_AT }])
      expect(await tx.drizzle.execute(sql`SELECT body FROM note`)).toEqual([{ body: 'a' }])
    })
  })

  it('passes errors on with their code, and without the values of parameters', async () => {
    await write(database, 1)
    const failed = database.drizzle.insert(note).values({ id: 1, body: 'secret', writtenAt: WRITTEN_AT })
    await expect(failed).rejects.toMatchObject({ code: '23505' })
    await expect(failed).rejects.not.toThrow(/secret/)
  })
})

describe('a transaction that another library opened', () => {
  it('serves statements and drizzle', async () => {
    await database.transaction(async (own) => {
      const tx = txFromExecutor((text, values) => own.execute(text, values))
      await write(tx, 1)
      expect(await tx.drizzle.select().from(note)).toEqual([{ id: 1, body: 'a', writtenAt: WRITTEN_AT }])
    })
  })
})

describe('a closed database', () => {
  it('refuses everything with PUSH_CLOSED', async () => {
    const closed = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock })
    await closed.close()
    await expect(closed.execute('SELECT 1')).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
    await expect(closed.transaction(async () => 1)).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })
})
