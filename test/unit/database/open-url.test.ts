// Opening a database by URL: what is refused at once and why, and what is waited for.
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, it, vi } from 'vitest'
import { type OpenDatabaseOptions, openDatabase } from '../../../src/database/open-database.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { type Logger, silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createTestDatabase } from '../../kit/postgres.ts'
import { holdFolder, temporaryFolder } from './holder.ts'

const open = (database: string, more: Partial<OpenDatabaseOptions> = {}) =>
  openDatabase({ database, logger: silentLogger, clock: systemClock, ...more })

/** A logger, and a promise of its first warning. */
function warned() {
  let resolve = (_: string) => {}
  const first = new Promise<string>((done) => {
    resolve = done
  })
  const warn = vi.fn((message: string) => resolve(message))
  const logger: Logger = { ...silentLogger, warn }
  return { logger, first, warn }
}

describe('a URL that cannot be right', () => {
  it.each([
    ['postgres://', 'no database'],
    ['postgres://localhost', 'no database'],
    ['postgres://bob:s3cret@localhost:port/db', 'percent-encoded'],
    ['postgres://bob:s3%cret@localhost/db', 'percent-encoded'],
    ['postgres://bob:s3cret@a:1,:2/db', 'percent-encoded'],
    ['postgres://bob:s3cret@a:1,b:2', 'no database'],
    ['postgres://bob:s3cret@a,b/db?target_session_attrs=standby', 'read-write, primary or any'],
    ['postgres://bob:s3cret@/db?host=a,b&port=1,2,3', 'percent-encoded'],
    ['postgres:///db?user=bob&password=s3cret&host=a,b,c&port=1,2', 'one port, or as many as hosts'],
  ])('is refused at once: %s', async (url, hint) => {
    const failed = open(url)
    await expect(failed).rejects.toMatchObject({ code: 'PUSH_DATABASE_URL', detail: expect.stringContaining(hint) })
    await expect(failed).rejects.not.toThrow(/s3/)
  })

  it('is refused when it is the direct one', async () => {
    const { url, dispose } = await createTestDatabase({ empty: true })
    await expect(open(url, { directUrl: 'http://localhost/db' })).rejects.toMatchObject({ code: 'PUSH_DATABASE_URL' })
    await dispose()
  })
})

describe('a server that refuses us', () => {
  const adminUrl = (change: (url: URL) => void) => {
    const url = new URL(inject('postgres').adminUrl)
    change(url)
    return url.href
  }

  it('is not waited for: unknown database', async () => {
    const url = adminUrl((it) => {
      it.pathname = '/nowhere'
    })
    await expect(open(url)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_URL',
      detail: 'The database refused the connection: database "nowhere" does not exist.',
    })
  })

  it('is not waited for: unknown user', async () => {
    const url = adminUrl((it) => it.searchParams.set('user', 'nobody-we-know'))
    await expect(open(url)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_URL',
      detail: expect.stringContaining('role "nobody-we-know" does not exist'),
    })
  })

  it('is not waited for: wrong, missing and right password', async () => {
    const folder = join(await temporaryFolder(), 'data')
    const holder = holdFolder(folder)
    await holder.opened
    await holder.ask(`CREATE ROLE bob LOGIN PASSWORD 'right'`)
    const rules = join(folder, 'postgres', 'pg_hba.conf')
    const before = await readFile(rules, 'utf8')
    await writeFile(rules, 'local all bob scram-sha-256\n')
    await appendFile(rules, before)
    await holder.ask('SELECT pg_reload_conf()')
    const url = (password: string) => {
      const host = join(folder, 'postgres-socket')
      return `postgresql:///sendword?${new URLSearchParams({ host, user: 'bob', ...(password && { password }) })}`
    }
    await expect
      .poll(() => open(url('wrong')).catch((error: unknown) => error))
      .toMatchObject({
        code: 'PUSH_DATABASE_URL',
        detail: 'The database refused the connection: password authentication failed for user "bob".',
      })
    await expect(open(url(''))).rejects.toMatchObject({ code: 'PUSH_DATABASE_URL' })
    const database = await open(url('right'))
    expect(database.location).toBe(`postgresql:///sendword?host=${join(folder, 'postgres-socket')}`)
    await database.close()
    await holder.leave()
  })

  it('is not waited for: PostgreSQL 14', async () => {
    const server = createServer((socket) => {
      const message = (type: string, ...parts: Buffer[]) => {
        const body = Buffer.concat(parts)
        const head = Buffer.alloc(5)
        head.write(type)
        head.writeInt32BE(body.length + 4, 1)
        return Buffer.concat([head, body])
      }
      const column = (name: string) =>
        Buffer.concat([Buffer.from(`${name}\0`), Buffer.from('00000000000000000019ffffffffffff0000', 'hex')])
      const value = (text: string) => {
        const length = Buffer.alloc(4)
        length.writeInt32BE(text.length)
        return Buffer.concat([length, Buffer.from(text)])
      }
      const two = Buffer.from([0, 2])
      const ready = message('Z', Buffer.from('I'))
      socket.once('data', () => {
        socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]))
        socket.once('data', () => {
          const rows = [
            message('T', two, column('version'), column('number')),
            message('D', two, value('14.9'), value('140009')),
          ]
          socket.write(Buffer.concat([...rows, message('C', Buffer.from('SELECT 1\0')), ready]))
        })
      })
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await expect(open(`postgres://bob@127.0.0.1:${port}/db`)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_OLD_SERVER',
      detail: 'The server is PostgreSQL 14.9.',
    })
    server.close()
  })
})

describe('a server that cannot be reached', () => {
  it('is waited for, and used when it comes up', async () => {
    const folder = join(await temporaryFolder(), 'data')
    const earlier = holdFolder(folder)
    await earlier.opened
    await earlier.leave()
    const { logger, first, warn } = warned()
    const query = new URLSearchParams({ host: join(folder, 'postgres-socket'), user: 'sendword' })
    const opening = open(`postgresql:///sendword?${query}`, { logger })
    expect(await first).toBe('The database cannot be reached; waiting for it.')
    const later = holdFolder(folder)
    await later.opened
    const database = await opening
    expect(await database.execute('SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(warn).toHaveBeenCalledTimes(1)
    await database.close()
    await later.leave()
  })

  it('is mentioned again every half minute', async () => {
    const stop = new AbortController()
    let now = 0
    let pauses = 0
    const clock = {
      now: () => now,
      async sleep(ms: number) {
        now += ms
        if (++pauses === 40) stop.abort(new Error('enough'))
      },
    }
    const saidAt: number[] = []
    const said: unknown[] = []
    const logger: Logger = {
      ...silentLogger,
      warn(...line) {
        saidAt.push(now)
        said.push(line)
      },
    }
    const random = { ...systemRandom, fraction: () => 0 }
    const waiting = open('postgres://bob:s3cret@127.0.0.1:1/db', { logger, clock, random, signal: stop.signal })
    await expect(waiting).rejects.toThrow('enough')
    expect(saidAt).toEqual([0, 31_300, 61_300, 91_300, 121_300, 151_300])
    expect(JSON.stringify(said)).not.toContain('s3cret')
  })

  it('is waited for until the signal aborts', async () => {
    const stop = new AbortController()
    const { logger, first } = warned()
    const waiting = open('postgres://bob@localhost:1/db', { logger, signal: stop.signal })
    await first
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('fails statements with PUSH_DATABASE_DOWN until it is back', async () => {
    const folder = join(await temporaryFolder(), 'data')
    const holder = holdFolder(folder)
    await holder.opened
    const query = new URLSearchParams({ host: join(folder, 'postgres-socket'), user: 'sendword' })
    const database = await open(`postgresql:///sendword?${query}`)
    await database.execute('SELECT 1')
    await holder.leave()
    await expect(database.execute('SELECT 1')).rejects.toMatchObject({ code: 'PUSH_DATABASE_DOWN' })
    await expect(database.transaction(async () => 1)).rejects.toMatchObject({ code: 'PUSH_DATABASE_DOWN' })
    const again = holdFolder(folder)
    await again.opened
    expect(await database.execute('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
    await again.leave()
  })
})
