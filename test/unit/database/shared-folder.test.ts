// Several processes on one data folder: who makes it, who starts the server, who stops it, and what a kill does.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdFolder, isAlive, serverPid, temporaryFolder } from './holder.ts'

const gone = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false)
const newFolder = async () => join(await temporaryFolder(), 'data')

/** For the tests that need no folder of their own; each leaves it without a server. */
let used: string
beforeAll(async () => {
  used = join(await mkdtemp(join(tmpdir(), 'sendword-shared-')), 'data')
  await chmod(dirname(used), 0o755)
})
afterAll(() => rm(dirname(used), { recursive: true, force: true }))

describe('one process', () => {
  it('makes the folder, starts the server, and stops it when it leaves', async () => {
    const folder = await newFolder()
    const holder = holdFolder(folder)
    const pid = await serverPid(holder)
    expect(await holder.ask('SELECT current_database() AS name')).toMatchObject({ value: [{ name: 'sendword' }] })
    await holder.leave()
    expect(isAlive(pid)).toBe(false)
    expect(await readdir(folder)).toEqual(['postgres', 'postgres-socket', 'postgres.log'])
  })

  it('finds its data again', async () => {
    const first = holdFolder(used)
    await first.opened
    await first.ask('CREATE TABLE kept AS SELECT 42 AS answer')
    await first.leave()
    const second = holdFolder(used)
    await second.opened
    expect(await second.ask('SELECT answer FROM kept')).toMatchObject({ value: [{ answer: 42 }] })
    await second.leave()
  })
})

describe('several processes', () => {
  it('use one server, which the last one to leave stops', async () => {
    const first = holdFolder(used)
    const pid = await serverPid(first)
    const second = holdFolder(used)
    expect(await serverPid(second)).toBe(pid)
    await first.leave()
    expect(await second.ask('SELECT 1 AS one')).toMatchObject({ value: [{ one: 1 }] })
    await second.leave()
    expect(isAlive(pid)).toBe(false)
  })

  it('may all come first at the same time, and all leave at the same time', async () => {
    const folder = await newFolder()
    const holders = [1, 2, 3, 4].map(() => holdFolder(folder))
    const pids = await Promise.all(holders.map(serverPid))
    expect(new Set(pids).size).toBe(1)
    await Promise.all(holders.map((holder) => holder.leave()))
    await gone(pids[0] ?? 0)
    expect(await readdir(folder)).toEqual(['postgres', 'postgres-socket', 'postgres.log'])
  }, 60_000)

  it('may come while the last one leaves', async () => {
    let last = holdFolder(used)
    await last.opened
    for (let round = 0; round < 3; round++) {
      const newcomer = holdFolder(used)
      const left = last.leave()
      await serverPid(newcomer)
      await left
      expect(await newcomer.ask('SELECT 1 AS one')).toMatchObject({ value: [{ one: 1 }] })
      last = newcomer
    }
    await last.leave()
  }, 60_000)
})

describe('a process that is killed', () => {
  it('leaves the server running, and the next one adopts and stops it', async () => {
    const killed = holdFolder(used)
    const pid = await serverPid(killed)
    await killed.kill('SIGKILL')
    expect(isAlive(pid)).toBe(true)
    const next = holdFolder(used)
    expect(await serverPid(next)).toBe(pid)
    await next.leave()
    expect(isAlive(pid)).toBe(false)
  })

  it('does not keep the server running for those that leave in good order at that moment', async () => {
    const [killed, leaving] = [holdFolder(used), holdFolder(used)]
    const pid = await serverPid(leaving)
    await killed.opened
    await Promise.all([killed.kill('SIGKILL'), leaving.leave()])
    expect(isAlive(pid)).toBe(false)
  })

  it('by Ctrl-C does not take the server along', async () => {
    const killed = holdFolder(used)
    const pid = await serverPid(killed)
    const other = holdFolder(used)
    await other.opened
    await killed.kill('SIGINT', 'group')
    expect(await other.ask('SELECT 1 AS one')).toMatchObject({ value: [{ one: 1 }] })
    expect(isAlive(pid)).toBe(true)
    await other.leave()
  })

  it('at any moment of the first start leaves a folder that the next one can use', async () => {
    for (const stage of ['postgres.creating-', 'postgres', 'postgres.log', 'postgres-socket']) {
      const folder = await newFolder()
      const killed = holdFolder(folder)
      const opened = killed.opened.catch(() => undefined)
      const reached = async () => (await readdir(folder).catch(() => [])).some((name) => name.startsWith(stage))
      await expect.poll(reached, { interval: 5, timeout: 15_000 }).toBe(true)
      await killed.kill('SIGKILL')
      await opened
      const next = holdFolder(folder)
      const pid = await serverPid(next)
      await next.leave()
      expect(isAlive(pid)).toBe(false)
    }
  }, 60_000)
})
