// Several servers at one URL: the order in which they are asked, and what is said when none can be used.
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { type Logger, silentLogger } from '../../../src/util/logger.ts'
import { adminQuery, createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'

let own: TestDatabase
beforeEach(async () => {
  own = await createTestDatabase({ empty: true })
  onTestFinished(() => own.dispose())
})

/** The shared server under a second address, where nobody is. */
function withHosts(more: Readonly<Record<string, string>> = {}): string {
  const url = new URL(own.url)
  url.searchParams.set('host', `/nowhere,${url.searchParams.get('host')}`)
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value)
  return url.href
}

async function open(database: string): Promise<Database> {
  const opened = await openDatabase({ database, logger: silentLogger, clock: systemClock })
  onTestFinished(() => opened.close())
  return opened
}

const takesWrites = (yes: boolean) =>
  adminQuery(inject('postgres').adminUrl, `ALTER DATABASE ${own.name} SET default_transaction_read_only = ${!yes}`)
/** Sessions of before have the setting of before. */
const cutAll = () =>
  adminQuery(
    inject('postgres').adminUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${own.name}'`,
  )

describe('several hosts', () => {
  it('are tried in their order, for the pool and for listening', async () => {
    const database = await open(withHosts())
    expect(await database.execute('SELECT 1 AS one')).toEqual([{ one: 1 }])
    const heard: string[] = []
    await database.listen(
      'news',
      (payload) => heard.push(payload),
      () => undefined,
    )
    await database.execute(`SELECT pg_notify('news', 'here')`)
    await expect.poll(() => heard).toEqual(['here'])
  })

  it('fail with what each of them said', async () => {
    await takesWrites(false)
    const stop = new AbortController()
    const reasons: unknown[] = []
    const logger: Logger = {
      ...silentLogger,
      warn(_, fields) {
        reasons.push(fields?.reason)
        stop.abort(new Error('enough'))
      },
    }
    const waiting = openDatabase({ database: withHosts(), logger, clock: systemClock, signal: stop.signal })
    await expect(waiting).rejects.toThrow('enough')
    const socket = new URL(own.url).searchParams.get('host')
    expect(reasons).toEqual([
      `No server can be used (/nowhere: connect ENOENT /nowhere/.s.PGSQL.5432; ${socket}: The server is a standby, or takes no writes for another reason)`,
    ])
  })

  it('may be read-only where any will do', async () => {
    await takesWrites(false)
    const database = await open(withHosts({ target_session_attrs: 'any' }))
    expect(await database.execute('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('a server that takes no writes any more', () => {
  it('fails statements with PUSH_DATABASE_DOWN, and is used again when it does', async () => {
    const database = await open(withHosts())
    await takesWrites(false)
    await cutAll()
    await expect(database.transaction((tx) => tx.execute('CREATE TABLE t ()'))).rejects.toMatchObject({
      code: 'PUSH_DATABASE_DOWN',
    })
    await takesWrites(true)
    await database.execute('CREATE TABLE t ()')
  })

  it('is said to be down by a single host too', async () => {
    await takesWrites(false)
    const database = await open(own.url)
    await expect(database.execute('CREATE TABLE t ()')).rejects.toMatchObject({
      code: 'PUSH_DATABASE_DOWN',
      detail: 'The database takes no writes now.',
    })
  })
})
