// A packaged PostgreSQL that dies while we run, or died before we came.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { holdFolder, isAlive, killServer, serverPid, temporaryFolder } from './holder.ts'

const newFolder = async () => join(await temporaryFolder(), 'data')
const postmasterFile = (folder: string) => join(folder, 'postgres', 'postmaster.pid')
const currentPid = async (folder: string) => Number.parseInt(await readFile(postmasterFile(folder), 'utf8'), 10)

describe('a postmaster that is killed while we run', () => {
  it('is started again; queries, listeners and the lease recover', async () => {
    const folder = await newFolder()
    const warn = vi.fn()
    const database = await openDatabase({ database: folder, logger: { ...silentLogger, warn }, clock: systemClock })
    await database.execute('CREATE TABLE kept AS SELECT 42 AS answer')
    const payloads: string[] = []
    let reconnected = () => {}
    const reconnection = new Promise<void>((resolve) => {
      reconnected = resolve
    })
    const handle = await database.listen(
      'news',
      (payload) => payloads.push(payload),
      () => reconnected(),
    )
    const pid = await currentPid(folder)

    process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => database.execute('SELECT answer FROM kept').catch(() => []), { timeout: 15_000 })
      .toEqual([{ answer: 42 }])
    await reconnection
    await database.execute(`NOTIFY news, 'again'`)
    await expect.poll(() => payloads).toEqual(['again'])
    await expect
      .poll(() => warn.mock.calls.map(([message]) => message))
      .toContain('PostgreSQL was gone and has been started again.')

    await handle.close()
    const restarted = await currentPid(folder)
    expect(restarted).not.toBe(pid)
    await database.close()
    expect(isAlive(restarted)).toBe(false)
  })

  it('is started once by several processes, which go on with it', async () => {
    const folder = await newFolder()
    const holders = [holdFolder(folder), holdFolder(folder), holdFolder(folder)]
    const pids = await Promise.all(holders.map(serverPid))
    await killServer(folder)
    await expect.poll(() => currentPid(folder), { timeout: 15_000 }).not.toBe(pids[0])
    for (const holder of holders) {
      await expect.poll(async () => (await holder.ask('SELECT 1 AS one')).event, { timeout: 15_000 }).toBe('rows')
    }
    const restarted = await currentPid(folder)
    await Promise.all(holders.map((holder) => holder.leave()))
    await expect.poll(() => isAlive(restarted), { timeout: 15_000 }).toBe(false)
  }, 60_000)

  it('does not hinder closing', async () => {
    const folder = await newFolder()
    const holder = holdFolder(folder)
    await holder.opened
    await killServer(folder)
    await holder.leave()
    const next = holdFolder(folder)
    const pid = await serverPid(next)
    await next.leave()
    expect(isAlive(pid)).toBe(false)
  })
})

describe('a postmaster that was killed before we came', () => {
  it('together with its last process is started anew', async () => {
    const folder = await newFolder()
    const killed = holdFolder(folder)
    const pid = await serverPid(killed)
    await killed.ask('CREATE TABLE kept AS SELECT 42 AS answer')
    await Promise.all([killed.kill('SIGKILL'), killServer(folder)])
    const next = holdFolder(folder)
    expect(await serverPid(next)).not.toBe(pid)
    expect(await next.ask('SELECT answer FROM kept')).toMatchObject({ value: [{ answer: 42 }] })
    await next.leave()
  })

  it('is started anew although its process id belongs to another process by now', async () => {
    const folder = await newFolder()
    const killed = holdFolder(folder)
    const pid = await serverPid(killed)
    await Promise.all([killed.kill('SIGKILL'), killServer(folder)])
    const file = await readFile(postmasterFile(folder), 'utf8')
    await writeFile(postmasterFile(folder), file.replace(String(pid), String(process.pid)))
    const next = holdFolder(folder)
    await serverPid(next)
    await next.leave()
    expect((await readdir(join(folder, 'postgres'))).filter((name) => name.startsWith('postmaster.pid'))).toEqual([])
  })
})
