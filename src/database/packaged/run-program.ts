// Runs PostgreSQL's programs, as the user that PostgreSQL is to run under: to their end, or left running.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/** What a program is run as. Undefined: as what we are. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
  /** A program, with its options, that starts the one that is meant. */
  readonly prefix?: readonly string[] | undefined
}

export interface ProgramResult {
  /** The exit code; -1 for a program that was killed or could not be started. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Nothing of our environment is passed on: PGPORT and its kin would change what the programs do, and our secrets are
 * none of their business. Messages are English, because some are recognised.
 */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

export function runProgram(program: string, args: readonly string[], runAs?: RunAs): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawnAs(program, args, runAs, ['ignore', 'pipe', 'pipe'])
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (error) => resolve({ code: -1, stdout, stderr: stderr + error.message }))
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}

export interface LeftRunning {
  readonly pid: number | undefined
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<Ending>
}

export interface Ending {
  readonly reason: string
  /** Somebody else ended it. */
  readonly killed: boolean
}

/** Starts a program that goes on without us; `log` is an open file for all that it writes. */
export function leaveRunning(
  program: string,
  args: readonly string[],
  runAs: RunAs | undefined,
  log: number,
): LeftRunning {
  const child = spawnAs(program, args, runAs, ['ignore', log, log])
  child.unref()
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ reason: error.message, killed: false }))
    child.once('exit', (code, signal) =>
      resolve({ reason: `it ended with ${signal ?? `exit code ${code}`}`, killed: signal !== null }),
    )
  })
  return { pid: child.pid, ended }
}

function spawnAs(
  program: string,
  args: readonly string[],
  runAs: RunAs | undefined,
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const [command = program, ...all] = [...(runAs?.prefix ?? []), program, ...args]
  const identity = runAs === undefined || runAs.prefix !== undefined ? {} : { uid: runAs.uid, gid: runAs.gid }
  // A session of its own: a Ctrl-C in the terminal goes to every process of our group, and neither a server nor a
  // stop under way may be hit by it.
  return spawn(command, all, { ...identity, env: ENVIRONMENT, cwd: '/', detached: true, windowsHide: true, stdio })
}
