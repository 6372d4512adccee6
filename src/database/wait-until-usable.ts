// Waits at the start for a database that can be used, and tells one that never can be.
import { ConfigError } from '../model/push-error.ts'
import { backoffMs } from '../util/backoff.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { openAnywhere } from './connect.ts'
import { isUnavailable, reasonOf, refusal } from './connection-errors.ts'
import type { Hosts } from './hosts.ts'

const OLDEST_SERVER = 150_000
const WAIT = { baseMs: 100, capMs: 5_000 }
const SAY_AGAIN_MS = 30_000

/** Connects once and looks at the server: throws ConfigError for one that we cannot use, other errors as they are. */
async function probe(hosts: Hosts): Promise<void> {
  const { client, destroy } = await openAnywhere(hosts).catch((error: unknown) => {
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
  readonly hosts: Hosts
  /** Where the servers are, as people may see it. */
  readonly location: string
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
}

/** Resolves when a server can be used; says that it waits, and goes on waiting until `signal` aborts. */
export async function waitUntilUsable({ hosts, location, logger, clock, random, signal }: WaitOptions): Promise<void> {
  let saidAt: number | undefined
  for (let repeats = 0; ; repeats++) {
    signal?.throwIfAborted()
    try {
      await probe(hosts)
      if (saidAt !== undefined) logger.info('The database is reachable.', { location })
      return
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (saidAt === undefined || clock.now() - saidAt >= SAY_AGAIN_MS) {
        saidAt = clock.now()
        logger.warn('The database cannot be reached; waiting for it.', { location, reason: reasonOf(error) })
      }
    }
    await clock.sleep(backoffMs({ policy: WAIT, repeats }, random), signal)
  }
}
