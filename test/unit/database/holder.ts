// Steers processes that hold a data folder (hold-database.ts), and finds out what became of their server.
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

const SCRIPT = fileURLToPath(new URL('./hold-database.ts', import.meta.url))

interface Said {
  readonly event: 'open' | 'rows' | 'error' | 'closed'
  readonly value: unknown
}

export interface Holder {
  readonly pid: number
  /** The first thing it says: `open` with the server's process id, or `error`. */
  readonly opened: Promise<Said>
  /** The outcome of one statement. */
  ask(sql: string): Promise<Said>
  /** Leaves in good order; resolves when the process has ended. */
  leave(): Promise<void>
  /** Ends the process with a signal; with `group`, sends it to the whole group, as a terminal does. */
  kill(signal: NodeJS.Signals, to?: 'process' | 'group'): Promise<void>
}

export interface HolderOptions {
  readonly postgresBin?: string
  readonly uid?: number
}

/**
 * Whether root can start our processes as another user: not where the checkout lies in a folder that only root may
 * enter, such as root's home.
 */
export const RUNS_AS_OTHERS =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', 'fs.accessSync(process.argv[1])', SCRIPT], { uid: 65_534, gid: 65_534 }).status ===
    0

export function holdFolder(folder: string, { postgresBin, uid }: HolderOptions = {}): Holder {
  const args = [SCRIPT, folder, ...(postgresBin === undefined ? [] : [postgresBin])]
  const identity = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true, ...identity })
  const next = sayings(child)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    pid: child.pid ?? 0,
    opened: next(),
    ask(sql) {
      child.stdin.write(`${sql}\n`)
      return next()
    },
    async leave() {
      child.stdin.end()
      await ended
    },
    async kill(signal, to = 'process') {
      const pid = child.pid ?? 0
      process.kill(to === 'group' ? -pid : pid, signal)
      await ended
    },
  }
}

/** Opens, and gives the process id of the server. Fails when it does not open. */
export async function serverPid(holder: Holder): Promise<number> {
  const said = await holder.opened
  expect(said).toMatchObject({ event: 'open', value: expect.any(Number) })
  return said.value as number
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // A process whose new parent is slow to notice its end still answers to signals.
  return !/^State:\tZ/m.test(statusOf(pid))
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

/** A folder that is removed after the test, with the server that a failed test may have left on it. */
export async function temporaryFolder(mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-folder-'))
  await chmod(folder, mode)
  onTestFinished(async () => {
    await killServer(join(folder, 'data'))
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** Kills the postmaster of a data folder, if there is one, without a chance to clean up. */
export async function killServer(folder: string): Promise<void> {
  const file = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(file, 10)
  if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL')
}

function sayings(child: ChildProcessByStdio<Writable, Readable, null>): () => Promise<Said> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the process ended without an answer')
    return JSON.parse(value) as Said
  }
}
