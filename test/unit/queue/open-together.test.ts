// Processes that start at the same moment on a new database, each with connections of its own.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { openQueue } from '../../../src/queue/queue.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

const PROCESSES = 6

let site: TestDatabase
const databases: Database[] = []

beforeAll(async () => {
  site = await createTestDatabase({ empty: true })
  for (let nth = 0; nth < PROCESSES; nth++) {
    databases.push(await openDatabase({ database: site.url, logger: silentLogger, clock: systemClock, poolSize: 5 }))
  }
})
afterAll(async () => {
  for (const database of databases) await database.close()
  await site?.dispose()
})

test('all open the queue, whoever makes it', async () => {
  const opened = databases.map((database) => openQueue({ database, logger: silentLogger, supervise: true }))
  const queues = await Promise.all(opened)
  expect(await Promise.all(queues.map((queue) => queue.claim(1)))).toEqual(queues.map(() => []))
  for (const queue of queues) await queue.close()
})
