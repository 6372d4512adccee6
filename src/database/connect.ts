// One connection to PostgreSQL: made with a deadline, probed so that problems are told apart, and waited for.
import { Socket } from 'node:net'
import pg from 'pg'
import { ConfigError } from '../model/push-error.ts'
import { backoffMs } from '../util/backoff.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { isUnavailable, refusal } from './connection-errors.ts'

const CONNECT_TIMEOUT_MS = 10_000
const OLDEST_SERVER = 150_000
const WAIT = { baseMs: 100, capMs: 5_000 }
const SAY_AGAIN_MS = 30_000

const LINK_DEFAULTS: pg.ClientConfig = {
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
}

/** A class for pg.Pool whose clients ask anew, each time, where the server is. */
export function clientClass(config: () => pg.ClientConfig): new () => pg.Client {
  return class extends pg.Client {
    constructor() {
      super({ ...LINK_DEFAULTS, ...config() })
      // A connection that breaks while it is checked out but between two statements: the next statement fails and
      // says so. The pool hears this event on idle connections only; unheard, it would end the process.
      this.on('error', () => undefined)
    }
  }
}

export interface Connection {
  readonly client: pg.Client
  /** Drops the connection at once, without the goodbye that an unreachable server would never answer. */
  destroy(): void
}

/** A connection outside of the pool. Its errors after this point must be listened to by the caller. */
export async function openConnection(config: pg.ClientConfig): Promise<Connection> {
  const socket = new Socket()
  const client = new pg.Client({ ...LINK_DEFAULTS, ...config, stream: () => socket })
  const swallow = () => undefined
  client.on('error', swallow)
  try {
    await client.connect()
  } catch (error) {
    socket.destroy()
    throw error
  }
  client.off('error', swallow)
  return { client, destroy: () => socket.destroy() }
}

/** Connects once and looks at the server: throws ConfigError for one that we cannot use, other errors as they are. */
async function probe(config: pg.ClientConfig): Promise<void> {
  const { client, destroy } = await openConnection(config).catch((error: unknown) => {
    throw isUnavailable(error) ? error : refusal(error)
  })
  client.on('error', () => undefined)
  try {
    const { rows } = await client.query<{ version: string; number: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number`,
    )
    if (Number(rows[0]?.number) < OLDEST_SERVER) {
      throw new ConfigError('PUSH_DATABASE_OLD_SERVER', { detail: `The server is PostgreSQL ${rows[0]?.version}.` })
    }
  } finally {
    destroy()
  }
}

export interface WaitOptions {
  readonly config: pg.ClientConfig
  /** Where the server is, as people may see it. */
  readonly location: string
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
}

/** Resolves when the server can be used; says that it waits, and goes on waiting until `signal` aborts. */
export async function waitUntilUsable({ config, location, logger, clock, random, signal }: WaitOptions): Promise<void> {
  let saidAt: number | undefined
  for (let repeats = 0; ; repeats++) {
    signal?.throwIfAborted()
    try {
      await probe(config)
      if (saidAt !== undefined) logger.info('The database is reachable.', { location })
      return
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (saidAt === undefined || clock.now() - saidAt >= SAY_AGAIN_MS) {
        saidAt = clock.now()
        logger.warn('The database cannot be reached; waiting for it.', { location, reason: String(error) })
      }
    }
    await clock.sleep(backoffMs({ policy: WAIT, repeats }, random), signal)
  }
}
