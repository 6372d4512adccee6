// The tables that the migrations make are the tables that Drizzle is told of.
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as schema from '../../../src/store/schema.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { query } from '../../kit/query.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.dispose())

test.each(Object.entries(schema) as Array<[string, PgTable]>)('%s', async (_, table) => {
  const { name, columns } = getTableConfig(table)
  const found = await query<{ column: string; nullable: boolean }>(
    database.url,
    `SELECT column_name AS column, is_nullable = 'YES' AS nullable FROM information_schema.columns
      WHERE table_schema = 'sendword' AND table_name = $1`,
    [name],
  )
  const told = columns.map((column) => ({ column: column.name, nullable: !column.notNull }))
  const byName = (a: { column: string }, b: { column: string }) => a.column.localeCompare(b.column)
  expect(told.toSorted(byName)).toEqual(found.toSorted(byName))
})
