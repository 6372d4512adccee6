// LISTEN on a real PostgreSQL: notifications arrive, and a lost connection is made anew.
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

let testDatabase: TestDatabase
let database: Database

const open = () => openDatabase({ database: testDatabase.url, logger: silentLogger, clock: systemClock })

beforeAll(async () => {
  testDatabase = await createTestDatabase({ empty: true })
  database = await open()
})
afterAll(async () => {
  await database?.close()
  await testDatabase?.dispose()
})

/** Listens and collects; `payloads` may be awaited one by one. */
async function listenTo(channel: string, on: Database = database) {
  const payloads: string[] = []
  let reconnects = 0
  const handle = await on.listen(
    channel,
    (payload) => payloads.push(payload),
    () => {
      reconnects++
    },
  )
  return { handle, payloads, reconnects: () => reconnects }
}
const notify = (channel: string, payload: string) => database.execute('SELECT pg_notify($1, $2)', [channel, payload])
const killListeners = () =>
  database.execute(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  )

describe('listen', () => {
  it('passes on what is notified on its channel, whatever its name', async () => {
    const { handle, payloads } = await listenTo('Odd "name"')
    await notify('Odd "name"', 'one')
    await notify('other', 'not for us')
    await notify('Odd "name"', '')
    await expect.poll(() => payloads).toEqual(['one', ''])
    await handle.close()
  })

  it('delivers a notification only when its transaction commits', async () => {
    const { handle, payloads } = await listenTo('news')
    await database.transaction((tx) => tx.execute(`SELECT pg_notify('news', 'committed')`))
    const rolledBack = database.transaction(async (tx) => {
      await tx.execute(`SELECT pg_notify('news', 'rolled back')`)
      throw new Error('changed my mind')
    })
    await expect(rolledBack).rejects.toThrow('changed my mind')
    await notify('news', 'last')
    await expect.poll(() => payloads).toEqual(['committed', 'last'])
    await handle.close()
  })

  it('reconnects when its connection is lost, says so, and goes on', async () => {
    const { handle, payloads, reconnects } = await listenTo('news')
    await killListeners()
    await expect.poll(reconnects).toBe(1)
    await notify('news', 'after')
    await expect.poll(() => payloads).toEqual(['after'])
    await handle.close()
  })

  it('stays quiet after it was closed', async () => {
    const closed = await listenTo('news')
    const open = await listenTo('news')
    await closed.handle.close()
    await killListeners()
    await expect.poll(open.reconnects).toBe(1)
    await notify('news', 'late')
    await expect.poll(() => open.payloads).toEqual(['late'])
    await setImmediate()
    expect([closed.payloads, closed.reconnects()]).toEqual([[], 0])
    await open.handle.close()
  })

  it('ends with its database', async () => {
    const other = await open()
    await listenTo('news', other)
    await other.close()
    await expect(
      other.listen(
        'news',
        () => {},
        () => {},
      ),
    ).rejects.toMatchObject({ code: 'PUSH_CLOSED' })
  })
})
