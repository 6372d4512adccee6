// Migrations: applied in order, once, whoever starts at the same time; refused where they cannot be right.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

const FIRST = [
  '0001-first.sql',
  'CREATE TABLE sendword.one (id integer); CREATE TABLE sendword.two (id integer);',
] as const
const SECOND = ['0002-second.sql', 'INSERT INTO sendword.one VALUES (1);'] as const
const APPLIED_AT = Date.parse('2026-01-02T03:04:05.678Z')
const clock = { ...systemClock, now: () => APPLIED_AT }

let testDatabase: TestDatabase
let database: Database
let folder: string

beforeEach(async () => {
  testDatabase = await createTestDatabase({ empty: true })
  database = await openDatabase({ database: testDatabase.url, logger: silentLogger, clock })
  folder = await mkdtemp(join(tmpdir(), 'sendword-migrations-'))
})
afterEach(async () => {
  await database.close()
  await testDatabase.dispose()
  await rm(folder, { recursive: true, force: true })
})

const put = async (...files: ReadonlyArray<readonly [name: string, sql: string]>) => {
  for (const [name, sql] of files) await writeFile(join(folder, name), sql)
}
const run = (on = database) => migrate(on, pathToFileURL(folder), silentLogger, clock)

describe('migrate', () => {
  it('applies the files in the order of their numbers, and records each with its time', async () => {
    await put(SECOND, FIRST)
    expect(await run()).toEqual({ from: 0, to: 2 })
    expect(await database.execute('SELECT * FROM sendword.migration ORDER BY number')).toEqual([
      { number: 1, name: 'first', applied_at: new Date(APPLIED_AT) },
      { number: 2, name: 'second', applied_at: new Date(APPLIED_AT) },
    ])
  })

  it('applies only what is missing', async () => {
    await put(FIRST)
    expect(await run()).toEqual({ from: 0, to: 1 })
    await put(SECOND)
    expect(await run()).toEqual({ from: 1, to: 2 })
    expect(await run()).toEqual({ from: 2, to: 2 })
    expect(await database.execute('SELECT id FROM sendword.one')).toEqual([{ id: 1 }])
  })

  it('applies each once when several start at the same time', async () => {
    await put(FIRST, SECOND)
    const others = await Promise.all(
      [1, 2, 3].map(() => openDatabase({ database: testDatabase.url, logger: silentLogger, clock })),
    )
    await Promise.all([database, ...others].map(run))
    expect(await database.execute('SELECT id FROM sendword.one')).toEqual([{ id: 1 }])
    await Promise.all(others.map((other) => other.close()))
  })

  it('keeps those before one that fails, and nothing of it', async () => {
    await put(FIRST, ['0002-broken.sql', 'CREATE TABLE sendword.three (id integer); SELECT 1/0;'])
    await expect(run()).rejects.toMatchObject({ code: '22012' })
    expect(await database.execute('SELECT number FROM sendword.migration')).toEqual([{ number: 1 }])
    expect(await database.execute(`SELECT to_regclass('sendword.three') AS three`)).toEqual([{ three: null }])
  })

  it('refuses a database that a newer version has migrated, and names both numbers', async () => {
    await put(FIRST, SECOND)
    await run()
    await rm(join(folder, SECOND[0]))
    await expect(run()).rejects.toMatchObject({
      code: 'PUSH_DATABASE_NEWER',
      detail: 'The database is at migration 2; this version knows migrations up to 1.',
    })
  })

  it.each([
    ['a gap', ['0001-first.sql', '0003-third.sql'], '0003-third.sql should be number 2'],
    ['a duplicate', ['0001-first.sql', '0001-other.sql'], '0001-other.sql should be number 2'],
    ['a name without a number', ['first.sql'], 'first.sql is not named NNNN-name.sql'],
  ])('refuses %s', async (_, names, message) => {
    await put(...names.map((name) => [name, 'SELECT 1'] as const))
    await expect(run()).rejects.toThrow(message)
  })
})
