// `sendword serve` as a process of its own, to be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const READY_POLL_MS = 25

export interface ServeProcess {
  readonly url: string
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Ends it as an operator would; answers with its exit code. */
  stop(): Promise<number | null>
}

export interface ServeInput {
  readonly folder: string
  readonly port: number
  readonly emulatorUrl: string
  readonly apiKey: string
}

/** Resolves when it answers that it is ready. */
export async function startServe({ folder, port, emulatorUrl, apiKey }: ServeInput): Promise<ServeProcess> {
  const child = spawn(
    process.execPath,
    [MAIN, 'serve', '--data', folder, '--port', String(port), '--emulator', emulatorUrl],
    {
      env: {
        ...process.env,
        SENDWORD_API_KEY: apiKey,
        SENDWORD_LOG_LEVEL: 'error',
        SENDWORD_REGISTRATION_PER_CLIENT: '1000000',
        C2DM_RETRY_BASE_SECONDS: '0.05',
        C2DM_RETRY_CAP_SECONDS: '0.5',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4000)
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(url, child, () => said)
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended(child)
    },
    async stop() {
      child.kill('SIGTERM')
      await ended(child)
      return child.exitCode
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function untilReady(url: string, child: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode} before it was ready: ${said()}`)
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await pause(READY_POLL_MS)
  }
}

/** Resolves when the server at `url` says again that its database answers. */
export async function untilDatabaseIsBack(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await pause(READY_POLL_MS)
  }
}

/** Kills the packaged PostgreSQL of a folder, all of its processes, as a power cut would. */
export async function killPostgres(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined)
  const pid = Number(text?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
