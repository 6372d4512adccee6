// The real command as a process of its own, with nothing of this process's environment but where programs are.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

export interface CommandSetting {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** What standard input holds. */
  readonly input?: string
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** What it has printed so far. */
  out(): string
  err(): string
  /** Resolves with the match once standard output (or `stream`) holds it; rejects when the process ends before. */
  printed(pattern: RegExp, stream?: 'out' | 'err'): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
}

/** Everything that is still running, so that a failed test leaves nothing behind. */
const running = new Set<ChildProcessWithoutNullStreams>()

export function startCommand(words: readonly string[], setting: CommandSetting): Running {
  return startProgram([process.execPath, MAIN, ...words], setting)
}

export function startProgram([program = '', ...words]: readonly string[], setting: CommandSetting): Running {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, words, { cwd: setting.folder, env: { PATH, HOME, ...setting.env } })
  running.add(child)
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk
  })
  if (setting.input !== undefined) child.stdin.end(setting.input)
  const ended = once(child, 'close').then(([code]): Ended => {
    running.delete(child)
    return { code, ...text }
  })
  return {
    child,
    ended,
    out: () => text.out,
    err: () => text.err,
    signal: (name) => void child.kill(name),
    printed(pattern, stream = 'out') {
      const source = stream === 'out' ? child.stdout : child.stderr
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text[stream])
          if (match === null) return
          source.off('data', look)
          resolve(match)
        }
        source.on('data', look)
        void ended.then(({ code, out, err }) => {
          reject(new Error(`It ended with ${code} without printing ${pattern}.\n${out}\n${err}`))
        })
        look()
      })
    },
  }
}

export async function runCommand(words: readonly string[], setting: CommandSetting): Promise<Ended> {
  return await startCommand(words, { input: '', ...setting }).ended
}

export function killAllRunning(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A folder that a PostgreSQL under another user can enter. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-cli-'))
  await chmod(folder, 0o755)
  return folder
}

/** Removes a folder; a PostgreSQL that a killed process left on its data is adopted and stopped first. */
export async function removeFolder(folder: string, data?: string): Promise<void> {
  if (data !== undefined && existsSync(join(folder, data, 'postgres', 'postmaster.pid'))) {
    await runCommand(['migrate', '--data', data], { folder })
  }
  await rm(folder, { recursive: true, force: true })
}

export interface Serving extends Running {
  readonly url: string
}

export async function startServe(words: readonly string[], setting: CommandSetting): Promise<Serving> {
  const serve = startCommand(['serve', '--port', '0', ...words], setting)
  const [, url = ''] = await serve.printed(/listens on (http:\S+)[\s\S]*API key/)
  return { ...serve, url }
}
