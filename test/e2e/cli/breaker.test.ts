// What an operator sees of an open breaker, and how he closes it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { query } from '../../kit/query.ts'
import { runCommand } from './command.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sendword-'))
})
afterAll(async () => {
  await database.dispose()
  await rm(folder, { recursive: true, force: true })
})
const run = (words: readonly string[]) =>
  runCommand(words, { folder, env: { DATABASE_URL: database.url, C2DM_AUTH_TOKEN: 'DQAAAtoken' } })

test('`apps list` shows an open breaker, and `apps resume` closes it', async () => {
  await query(
    database.url,
    `INSERT INTO sendword.breaker (app, transport, last_dead_at, opened_at, sends, dead, probe_at)
     VALUES ('default', 'c2dm', $1, $1, 60, 57, $2)`,
    [new Date('2030-01-02T03:04:05Z'), new Date('2030-01-02T03:09:05Z')],
  )
  const listed = await run(['apps', 'list'])
  expect(listed.out).toMatch(
    /^default +c2dm +sending; breaker open since 2030-01-02T03:04:05\.000Z: 57 of 60 sends found a dead address; a message that is taken after 2030-01-02T03:09:05\.000Z closes it, or apps resume$/m,
  )
  const { apps } = JSON.parse((await run(['apps', 'list', '--json'])).out)
  const breaker = { since: '2030-01-02T03:04:05.000Z', sends: 60, dead: 57, probeAt: '2030-01-02T03:09:05.000Z' }
  expect(apps).toEqual([{ app: 'default', transports: [{ transport: 'c2dm', state: 'sending', breaker }] }])
  expect((await run(['apps', 'resume', 'default'])).out).toContain('c2dm')
  expect((await run(['apps', 'list'])).out).toMatch(/^default +c2dm +sending$/m)
  expect((await run(['apps', 'resume', 'default'])).out).toContain('no breaker was open')
}, 120_000)
