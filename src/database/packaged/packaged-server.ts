// The packaged PostgreSQL on a data folder, as one of possibly several processes that use it: created, started or
// adopted when we come, started anew when it dies, stopped when we are the last to leave.
import { readFile } from 'node:fs/promises'
import type { ClientConfig } from 'pg'
import { ConfigError, PushError, StateError } from '../../model/push-error.ts'
import { backoffMs } from '../../util/backoff.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Random } from '../../util/random.ts'
import { singleFlight } from '../../util/single-flight.ts'
import { errorCode, isUnavailable } from '../connection-errors.ts'
import type { ConnectionSource } from '../connection-source.ts'
import { Hosts } from '../hosts.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { SUPERUSER } from './cluster.ts'
import { type DataFolder, folderError, openDataFolder } from './data-folder.ts'
import { DATABASE, type Lease, takeLease } from './lease.ts'
import { type StartResult, startPostmaster, stopPostmaster } from './postmaster.ts'
import { isPostmasterAlive, readPostmaster } from './postmaster-file.ts'

const RETRY = { baseMs: 50, capMs: 1_000 }
const RESTART = { baseMs: 500, capMs: 10_000 }
/** With RETRY's pauses about half a minute: backends of a killed postmaster may take that long to end. */
const TRIES_IN_VAIN = 30
const SAY_AGAIN_MS = 30_000
const GONE_TRIES = 100
const GONE_PAUSE_MS = 10

export interface PackagedServerOptions {
  readonly folder: string
  readonly postgresBin: string | undefined
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly applicationName: string
  readonly signal: AbortSignal | undefined
}

export async function openPackagedServer(options: PackagedServerOptions): Promise<ConnectionSource> {
  options.signal?.throwIfAborted()
  const server = new PackagedServer(options, await openDataFolder(options.folder))
  await server.open()
  return server
}

class PackagedServer implements ConnectionSource {
  readonly location: string
  readonly folder: string
  readonly pooled: Hosts
  readonly direct: Hosts
  readonly #options: PackagedServerOptions
  readonly #data: DataFolder
  readonly #leaving = new AbortController()
  readonly #serve = singleFlight(() => this.#serveOnce())
  #binaries: Promise<Binaries> | undefined
  #address: ClientConfig = {}
  #lease: Lease | undefined
  #watching: Promise<void> = Promise.resolve()
  /** Ends the waiting while we open; later only leaving does. */
  #opening: AbortSignal | undefined

  constructor(options: PackagedServerOptions, data: DataFolder) {
    this.#options = options
    this.#opening = options.signal
    this.#data = data
    this.location = data.path
    this.folder = data.path
    const host = { name: data.path, config: () => this.#config() }
    this.pooled = new Hosts({ hosts: [host], mustWrite: false })
    this.direct = this.pooled
  }

  async open(): Promise<void> {
    await this.#serve()
    if (this.#opening?.aborted) {
      await this.leave()
      throw this.#opening.reason
    }
    this.#opening = undefined
    this.#watching = this.#watch()
  }

  #config(): ClientConfig {
    return { ...this.#address, database: DATABASE, application_name: this.#options.applicationName }
  }

  async recover(): Promise<void> {
    try {
      await this.#serve()
    } catch (error) {
      if (this.#leaving.signal.aborted) throw this.#leaving.signal.reason
      if (error instanceof PushError && error.code === 'PUSH_DATABASE_FULL') throw error
      throw new StateError('PUSH_DATABASE_DOWN', { cause: error })
    }
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new StateError('PUSH_CLOSED'))
    await this.#watching
    // Joins a recovery that is under way, so that no lease is taken behind our back; without one this rejects at once.
    await this.#serve().catch(() => undefined)
    const lease = this.#lease
    if (lease === undefined) return
    try {
      if (await lease.giveUp()) await this.#stop()
    } catch (error) {
      if (!isUnavailable(error)) throw error // a server that is down needs no stopping
    } finally {
      lease.drop()
    }
  }

  async #stop(): Promise<void> {
    const { logger, clock } = this.#options
    const { cluster } = this.#data
    const postmaster = await readPostmaster(cluster)
    const stopped = await stopPostmaster(this.#data, await this.#programs())
    if (!stopped) logger.warn('PostgreSQL did not stop in time; the next start adopts it.', { folder: this.folder })
    // pg_ctl is content when postmaster.pid is gone; the process ends a moment later.
    for (let tries = 0; stopped && postmaster !== undefined && tries < GONE_TRIES; tries++) {
      if (!(await isPostmasterAlive(cluster, postmaster))) return
      await clock.sleep(GONE_PAUSE_MS)
    }
  }

  /** Starts the server anew whenever it goes away while we need it. */
  async #watch(): Promise<void> {
    const { logger, clock, random } = this.#options
    const left = new Promise<void>((resolve) => {
      this.#leaving.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    for (let repeats = 0; ; ) {
      await Promise.race([this.#lease?.lost, left])
      if (this.#leaving.signal.aborted) return
      try {
        const served = await this.#serve()
        if (served === 'started')
          logger.warn('PostgreSQL was gone and has been started again.', { folder: this.folder })
        repeats = 0
      } catch (error) {
        if (this.#leaving.signal.aborted) return
        logger.error('PostgreSQL is gone and could not be started again; trying on.', { reason: String(error) })
        const pause = backoffMs({ policy: RESTART, repeats: repeats++ }, random)
        await clock.sleep(pause, this.#leaving.signal).catch(() => undefined)
      }
    }
  }

  /** Ends with a server that serves, and our lease on it. */
  async #serveOnce(): Promise<'started' | 'found'> {
    const signal = this.#opening ?? this.#leaving.signal
    signal.throwIfAborted()
    if (await this.#lease?.isAlive()) return 'found'
    const pauseAfter = this.#patience(signal)
    for (let started = false; ; ) {
      const found = await this.#tryLease()
      if (found === 'leased') return started ? 'started' : 'found'
      const result = found === 'absent' ? await this.#start() : 'busy'
      started ||= result === 'started'
      await pauseAfter(result)
    }
  }

  async #start(): Promise<StartResult> {
    return await startPostmaster(this.#data, await this.#programs(), this.#options.clock)
  }

  /** Pauses between the tries; without end while the server is busy, which is said, but not for an obstacle. */
  #patience(signal: AbortSignal): (result: StartResult) => Promise<void> {
    const { clock, random, logger } = this.#options
    let saidAt = clock.now()
    let repeats = 0
    let inVain = 0
    return async (result) => {
      // A server that has just started is asked at once, unless it dies again and again.
      if (result === 'started' && repeats++ === 0) return
      if (result !== 'busy' && ++inVain > TRIES_IN_VAIN) throw this.#startError(await this.#obstacle())
      if (clock.now() - saidAt >= SAY_AGAIN_MS) {
        saidAt = clock.now()
        logger.warn('PostgreSQL is still starting or stopping; waiting for it.', { folder: this.folder })
      }
      await clock.sleep(backoffMs({ policy: RETRY, repeats: repeats++ }, random), signal)
    }
  }

  async #obstacle(): Promise<string> {
    const postmaster = await readPostmaster(this.#data.cluster)
    if (postmaster === undefined) return 'processes of a PostgreSQL that was killed do not end'
    return `a PostgreSQL (process ${postmaster.pid}) runs on it, but does not answer at ${postmaster.socketFolder}`
  }

  async #tryLease(): Promise<'leased' | 'absent' | 'busy'> {
    const address = await this.#findServer()
    if (address === undefined) return 'absent'
    try {
      this.#lease = await takeLease(address, this.#options.clock)
      this.#address = address
      return 'leased'
    } catch (error) {
      // 57P03: it starts or stops. Other class 57 and a lost connection: it was stopped under our hands.
      if (errorCode(error) === '57P03') return 'busy'
      if (isUnavailable(error)) return 'absent'
      throw this.#startError(error instanceof Error ? error.message : String(error), error)
    }
  }

  async #findServer(): Promise<ClientConfig | undefined> {
    const postmaster = await readPostmaster(this.#data.cluster).catch((error: unknown) => {
      throw folderError(this.#data.cluster, error)
    })
    if (postmaster === undefined) return undefined
    const { port, socketFolder } = postmaster
    // Set in full, so that PGHOST, PGSSLMODE and their kin in our environment change nothing.
    const common = { user: SUPERUSER, port, ssl: false }
    if (process.platform === 'win32') {
      return { ...common, host: '127.0.0.1', password: await readFile(this.#data.passwordFile, 'utf8') }
    }
    return socketFolder === undefined ? undefined : { ...common, host: socketFolder, password: '' }
  }

  #programs(): Promise<Binaries> {
    this.#binaries ??= findBinaries(this.#options.postgresBin, this.#data.binariesCache)
    return this.#binaries
  }

  #startError(reason: string, cause?: unknown): ConfigError {
    return new ConfigError('PUSH_DATABASE_START', {
      detail: `The packaged PostgreSQL on ${this.folder} cannot be used: ${reason}.`,
      cause,
    })
  }
}
