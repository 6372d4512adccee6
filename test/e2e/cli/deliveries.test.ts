// The ledger at the command line.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addToLedger, FINISHED_AT } from '../../kit/ledger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { runCommand } from './command.ts'

let database: TestDatabase
let folder: string
let id: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'sendword-'))
  id = await addToLedger(database.url, [
    { deviceId: 'device-good', providerId: 'p-1' },
    { deviceId: 'device-gone', outcome: 'unregistered', reason: 'NotRegistered' },
  ])
})
afterAll(async () => {
  await database.dispose()
  await rm(folder, { recursive: true, force: true })
})
const run = (...words: string[]) => runCommand(words, { folder, env: { DATABASE_URL: database.url } })
const finished = FINISHED_AT.toISOString()

test('`messages deliveries` shows what became of a message on each device', async () => {
  const { code, out } = await run('messages', 'deliveries', id)
  expect(code).toBe(0)
  expect(out).toMatch(/^DEVICE +OUTCOME +FINISHED +ATTEMPTS +REASON +DELIVERED +OPENED$/m)
  expect(out).toMatch(/^device-good +accepted +2030-05-06T07:08:09\.123Z +1 +– +– +–$/m)
  expect(out).toMatch(/^device-gone +unregistered +2030-05-06T07:08:09\.123Z +1 +NotRegistered +– +–$/m)
}, 60_000)

test('`messages deliveries` prints CSV and NDJSON, and takes filters', async () => {
  const csv = await run('messages', 'deliveries', id, '--format', 'csv', '--outcome', 'unregistered')
  const line = `${id},device-gone,unregistered,NotRegistered,,1,${finished},,`
  expect(csv.out).toBe(
    `messageId,deviceId,outcome,reason,providerId,attempts,finishedAt,deliveredAt,openedAt\r\n${line}\r\n`,
  )
  const ndjson = await run('messages', 'deliveries', id, '--format', 'ndjson', '--reason', 'NotRegistered')
  expect(
    ndjson.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
  ).toMatchObject([{ deviceId: 'device-gone' }])
  const none = await run('messages', 'deliveries', id, '--outcome', 'expired')
  expect([none.code, none.out]).toEqual([0, ''])
}, 60_000)

test('`devices deliveries` shows what became of the messages to a device', async () => {
  const { out } = await run('devices', 'deliveries', 'device-gone')
  expect(out).toMatch(new RegExp(`^${id} +unregistered +${finished.replaceAll('.', '\\.')} +1 +NotRegistered`, 'm'))
  const json = await run('devices', 'deliveries', 'device-gone', '--json')
  expect(JSON.parse(json.out)).toMatchObject({ deliveries: [{ messageId: id, deviceId: 'device-gone' }] })
}, 60_000)
