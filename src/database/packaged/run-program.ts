// Runs one of PostgreSQL's programs to its end, as the user that PostgreSQL is to run under.
import { spawn } from 'node:child_process'

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
  const [command, ...all] = [...(runAs?.prefix ?? []), program, ...args]
  const identity = runAs === undefined || runAs.prefix !== undefined ? {} : { uid: runAs.uid, gid: runAs.gid }
  return new Promise((resolve) => {
    const child = spawn(command ?? program, all, {
      ...identity,
      env: ENVIRONMENT,
      cwd: '/',
      // A Ctrl-C in the terminal goes to every process of our group; a start or stop under way must survive it.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (error) => resolve({ code: -1, stdout, stderr: stderr + error.message }))
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}
