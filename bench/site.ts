// A place to measure at: a data folder with its packaged PostgreSQL, the push service beside it, and as many processes of ours
// as are asked for. All of it goes at the end.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Core, openCore } from '../src/app/core.ts'
import { resolveOptions } from '../src/app/options/resolve-options.ts'
import { openDatabase } from '../src/database/open-database.ts'
import type { Database } from '../src/database/tx.ts'
import { systemClock } from '../src/util/clock.ts'
import { silentLogger } from '../src/util/logger.ts'
import { systemRandom } from '../src/util/random.ts'
import type { Counts } from './fcm-target.ts'
import { type MeasuredProcess, startMeasured } from './measured-process.ts'
import { processorTimeOfTree } from './processor-time.ts'
import { readTarget, type Target } from './target.ts'

export const API_KEY = 'a-key-for-the-benchmark-of-32-chars'
/** As it is published: read from source, its types would be stripped at every start. */
export const MAIN = '../dist/cli/main.js'

export interface Site extends AsyncDisposable {
  readonly folder: string
  readonly database: Database
  /** Accepts messages and asks for them; delivers nothing. */
  readonly core: Core
  readonly target: TargetProcess
  /** Milliseconds of processor time of PostgreSQL so far. */
  databaseTime(): number
  startWorker(): Promise<MeasuredProcess>
  /** @param flags Beside the data folder and a free port. */
  startServer(...flags: readonly string[]): Promise<MeasuredProcess & { readonly url: string }>
}

export interface TargetProcess extends MeasuredProcess {
  /** Its own port, for the contestants. */
  readonly controlUrl: string
  counts(): Promise<Counts>
  reset(): Promise<void>
  /** When each message whose data have an `n` arrived, in milliseconds since the epoch. */
  arrivals(): Promise<Map<number, number>>
}

export async function startTarget(): Promise<TargetProcess> {
  const target = await startMeasured('./fcm-target-process.ts')
  const controlUrl = String(target.announced.url)
  const ask = async (method: string, path: string) => (await fetch(`${controlUrl}${path}`, { method })).json()
  return {
    ...target,
    controlUrl,
    counts: async () => (await ask('GET', '/counts')) as Counts,
    reset: async () => void (await ask('POST', '/reset')),
    arrivals: async () => new Map((await ask('GET', '/arrivals')) as Array<[number, number]>),
  }
}

export async function openSite(): Promise<Site> {
  const target = await startTarget()
  const fcm = await readTarget(target.controlUrl)
  const own = await openFolder(fcm)
  return {
    ...own,
    target,
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]()
      await target.stop()
    },
  }
}

/** The same without a push service of its own: with this one. */
export async function openFolder(fcm: Target): Promise<Omit<Site, 'target'>> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-bench-'))
  // PostgreSQL runs under another user when we are root; that user has to get in.
  await chmod(folder, 0o755)
  const env = await environment(folder, fcm)
  const processes: MeasuredProcess[] = []
  const core = await openCore({
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
    options: resolveOptions({
      database: folder,
      workers: false,
      apps: { default: { fcm: { ...fcm, serviceAccount: JSON.stringify(fcm.serviceAccount) } } },
    }),
  })
  const database = await openDatabase({ database: folder, logger: silentLogger, clock: systemClock })
  const pid = Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
  const start = async (...args: readonly string[]) => {
    const started = await startMeasured(MAIN, [...args, '--data', folder, '--json'], env)
    processes.push(started)
    return started
  }
  return {
    folder,
    database,
    core,
    databaseTime: () => processorTimeOfTree(pid),
    startWorker: () => start('worker'),
    async startServer(...flags) {
      const server = await start('serve', '--port', '0', ...flags)
      return { ...server, url: String(server.announced.url) }
    },
    async [Symbol.asyncDispose]() {
      for (const started of processes) await started.stop()
      await core.close(0)
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What our processes are told of the push service. */
export async function environment(folder: string, fcm: Target): Promise<Record<string, string>> {
  const caFile = join(folder, 'bench-ca.pem')
  await writeFile(caFile, fcm.ca)
  return {
    FCM_SERVICE_ACCOUNT: JSON.stringify(fcm.serviceAccount),
    FCM_PROJECT_ID: fcm.projectId,
    FCM_URL: fcm.url,
    // What is measured is what a message costs, not how gently FCM is to be treated.
    FCM_RAMP_UP_SECONDS: '0',
    FCM_TOKEN_URL: fcm.tokenUrl,
    FCM_CA_FILE: caFile,
    SENDWORD_API_KEY: API_KEY,
    SENDWORD_LOG_LEVEL: 'error',
    SENDWORD_REGISTRATION_PER_CLIENT: '1000000',
  }
}
