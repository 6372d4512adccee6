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
import { type Binaries, findBinaries } from './binaries.ts'
import { SUPERUSER } from './cluster.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { DATABASE, type Lease, takeLease } from './lease.ts'
import { startPostmaster, stopPostmaster } from './postmaster.ts'
import { readPostmaster } from './postmaster-file.ts'

const RETRY = { baseMs: 50, capMs: 1_000 }
const RESTART = { baseMs: 500, capMs: 10_000 }
/** With RETRY's pauses about half a minute: backends of a killed postmaster may take that long to end. */
const START_TRIES = 30
const SAY_AGAIN_MS = 30_000

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
  readonly #options: PackagedServerOptions
  readonly #data: DataFolder
  readonly #leaving = new AbortController()
  readonly #serve = singleFlight(() => this.#serveOnce())
  #binaries: Promise<Binaries> | undefined
  #address: ClientConfig = {}
  #lease: Lease | undefined
  #watching: Promise<void> = Promise.resolve()

  constructor(options: PackagedServerOptions, data: DataFolder) {
    this.#options = options
    this.#data = data
    this.location = data.path
    this.folder = data.path
  }

  async open(): Promise<void> {
    await this.#serve()
    const { signal } = this.#options
    if (signal?.aborted) {
      await this.leave()
      throw signal.reason
    }
    this.#watching = this.#watch()
  }

  config(): ClientConfig {
    return { ...this.#address, database: DATABASE, application_name: this.#options.applicationName }
  }

  directConfig(): ClientConfig {
    return this.config()
  }

  async recover(): Promise<void> {
    if (this.#leaving.signal.aborted) return
    if (await this.#lease?.isAlive()) return
    try {
      await this.#serve()
    } catch (error) {
      if (error instanceof PushError && error.code === 'PUSH_DATABASE_FULL') throw error
      throw new StateError('PUSH_DATABASE_DOWN', { cause: error })
    }
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new StateError('PUSH_CLOSED'))
    await this.#watching
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
    const { logger } = this.#options
    if (await stopPostmaster(this.#data, await this.#programs())) logger.debug('PostgreSQL has stopped.')
    else logger.warn('PostgreSQL did not stop in time; the next start adopts it.', { folder: this.folder })
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
        logger.warn('PostgreSQL is gone; starting it again.', { folder: this.folder })
        await this.#serve()
        logger.info('PostgreSQL serves again.', { folder: this.folder })
        repeats = 0
      } catch (error) {
        if (this.#leaving.signal.aborted) return
        logger.error('PostgreSQL could not be started again; trying on.', { reason: String(error) })
        const pause = backoffMs({ policy: RESTART, repeats: repeats++ }, random)
        await clock.sleep(pause, this.#leaving.signal).catch(() => undefined)
      }
    }
  }

  /** Ends with a server that serves, and our lease on it. */
  async #serveOnce(): Promise<void> {
    const { clock, random, logger } = this.#options
    let saidAt = clock.now()
    let starts = 0
    for (let repeats = 0; ; repeats++) {
      this.#leaving.signal.throwIfAborted()
      const found = await this.#tryLease()
      if (found === 'leased') return
      if (found === 'absent') {
        if (starts++ >= START_TRIES) throw this.#startError('another process or its remains are in the way')
        if ((await startPostmaster(this.#data, await this.#programs())) === 'started') continue
      }
      if (clock.now() - saidAt >= SAY_AGAIN_MS) {
        saidAt = clock.now()
        logger.warn('PostgreSQL is still starting or stopping; waiting for it.', { folder: this.folder })
      }
      await clock.sleep(backoffMs({ policy: RETRY, repeats }, random), this.#options.signal)
    }
  }

  async #tryLease(): Promise<'leased' | 'absent' | 'busy'> {
    const address = await this.#findServer()
    if (address === undefined) return 'absent'
    try {
      this.#lease = await takeLease(address)
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
      throw this.#startError(
        `${this.#data.cluster} cannot be read (${errorCode(error)}): it may belong to another user`,
      )
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
