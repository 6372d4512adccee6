// What a page of a large group or channel costs: no more than a page, wherever it begins.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { sourceOf } from '../../../src/store/audience-kinds.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { query } from '../../kit/query.ts'
import { makeDevices } from '../directory/directory-kit.ts'

const GROUP = '01900000-0000-7000-8000-0000000000aa'
const CHANNEL = '01900000-0000-7000-8000-0000000000bb'
const COUNT = 30_000
const PAGE = 500

let testDatabase: TestDatabase
let database: Database
let middle: string
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await makeDevices(testDatabase, 'reach', COUNT)
  await query(testDatabase.url, `UPDATE sendword.device SET user_id = 'user-' || device_id`)
  await query(testDatabase.url, `INSERT INTO sendword.device_group VALUES ($1, 'default', 'all', now())`, [GROUP])
  await query(testDatabase.url, `INSERT INTO sendword.group_device SELECT $1, id FROM sendword.device`, [GROUP])
  const values = `($1, 'default', 'all', 'key', false, now())`
  await query(testDatabase.url, `INSERT INTO sendword.channel VALUES ${values}`, [CHANNEL])
  await query(testDatabase.url, `INSERT INTO sendword.channel_device SELECT $1, id FROM sendword.device`, [CHANNEL])
  await query(testDatabase.url, `INSERT INTO sendword.channel_user SELECT $1, user_id FROM sendword.device`, [CHANNEL])
  await query(testDatabase.url, `INSERT INTO sendword.channel_group VALUES ($1, $2)`, [CHANNEL, GROUP])
  await query(testDatabase.url, 'VACUUM ANALYZE')
  const [row] = await query<{ id: string }>(
    testDatabase.url,
    `SELECT id FROM sendword.device ORDER BY id OFFSET ${COUNT / 2} LIMIT 1`,
  )
  middle = row?.id ?? ''
  database = await openDatabase({ database: testDatabase.url, poolSize: 1, logger: silentLogger, clock: systemClock })
})
afterAll(async () => {
  await database.close()
  await testDatabase.dispose()
})

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly Plans?: readonly Plan[]
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

test.each([
  ['group', { group: 'all', ids: [GROUP] }],
  ['channel', { channel: 'all', ids: [CHANNEL] }],
] as const)('of a %s is read without a sequential scan, and no further than it goes', async (_, audience) => {
  const values: unknown[] = []
  const page = { app: 'default', after: middle, limit: PAGE }
  const { candidates } = sourceOf(audience, page, (value) => `$${values.push(value)}`)
  const [row] = await database.execute<{ 'QUERY PLAN': ReadonlyArray<{ Plan: Plan }> }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${candidates}`,
    values,
  )
  const plan = row?.['QUERY PLAN'][0]?.Plan
  if (!plan) throw new Error('there is no plan')
  const nodes = nodesOf(plan)
  const large = nodes.filter((node) =>
    node['Relation Name']?.match(/^(device|group_device|channel_device|channel_user)$/),
  )
  expect(large.length).toBeGreaterThan(0)
  expect(large.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
  for (const node of large) expect(node['Actual Rows'] * node['Actual Loops']).toBeLessThanOrEqual(2 * PAGE)
  expect(plan['Actual Rows']).toBe(PAGE)
})
