// What goes into a bulk statement is what PostgreSQL reads out of it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { columns } from '../../../src/store/bulk.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { query } from '../../kit/query.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
})
afterAll(() => database.dispose())

const TEXTS = [
  'plain',
  '',
  ' ',
  'null',
  'NULL',
  'a,b',
  '{}',
  '}{',
  '"',
  '\\',
  '\\"',
  "it's",
  '\n\t',
  'grüße',
  '😀',
  '{"data":{"a":"b\\n"}}',
]

test('texts, whatever is in them, and none at all', async () => {
  const rows = [...TEXTS, null].map((text, n) => ({ text, n }))
  const read = await query(
    database.url,
    'SELECT * FROM unnest($1::text[], $2::integer[]) AS v (text, n)',
    columns(
      rows,
      (row) => row.text,
      (row) => row.n,
    ),
  )
  expect(read).toEqual(rows)
})

test('documents, bytes, booleans, dates and moments', async () => {
  const at = new Date('2026-11-24T10:00:00.123Z')
  const bytes = Uint8Array.of(0, 34, 44, 92, 125, 255)
  const rows = [{ document: { 'a "b"': [1, null, '\\'] }, bytes, flag: true, day: '2026-11-24', at }]
  const read = await query(
    database.url,
    `SELECT v.document, v.bytes, v.flag, v.day::text, v.at
       FROM unnest($1::jsonb[], $2::bytea[], $3::boolean[], $4::date[], $5::timestamptz[])
         AS v (document, bytes, flag, day, at)`,
    columns(
      rows,
      (row) => JSON.stringify(row.document),
      (row) => row.bytes,
      (row) => row.flag,
      (row) => row.day,
      (row) => row.at.toISOString(),
    ),
  )
  expect(read).toEqual([{ ...rows[0], bytes: Buffer.from(bytes) }])
})

test('no rows', async () => {
  const read = await query(
    database.url,
    'SELECT * FROM unnest($1::text[]) AS v (text)',
    columns([] as string[], (text) => text),
  )
  expect(read).toEqual([])
})
