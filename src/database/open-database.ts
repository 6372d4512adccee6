// Opens the database: a PostgreSQL at a URL, or the packaged one on a folder.
import { StateError } from '../model/push-error.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { systemRandom } from '../util/random.ts'
import type { ConnectionSource } from './connection-source.ts'
import { type DatabaseServers, isDatabaseUrl, serversOf, shownDatabaseUrl } from './database-url.ts'
import { Hosts } from './hosts.ts'
import { openPackagedServer } from './packaged/packaged-server.ts'
import { PooledDatabase } from './pooled-database.ts'
import type { Database } from './tx.ts'
import { waitUntilUsable } from './wait-until-usable.ts'

export interface OpenDatabaseOptions {
  /** A folder, on which PostgreSQL is run for you, or a postgres:// URL of your own, which may name several servers. */
  readonly database: string
  /** A URL of the same database past any pooler, for LISTEN and session locks. Default: `database`. */
  readonly directUrl?: string | undefined
  /** The most connections at a time, not counting one for each channel that is listened to. Default: 10. */
  readonly poolSize?: number | undefined
  /** A folder with initdb, pg_ctl and postgres, instead of the binaries that come as npm packages. */
  readonly postgresBin?: string | undefined
  readonly logger: Logger
  readonly clock: Clock
  /** Default: the system's. */
  readonly random?: Random | undefined
  /** Shown in pg_stat_activity. Default: `sendword`. */
  readonly applicationName?: string | undefined
  /** Ends the wait for a server that is down. */
  readonly signal?: AbortSignal | undefined
}

/** Resolves when the database can be used. A server that cannot be reached is waited for; the logger says so. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { logger, clock, random = systemRandom, poolSize = 10 } = options
  const source = isDatabaseUrl(options.database) ? await atUrl(options, random) : await onFolder(options, random)
  return new PooledDatabase({ source, poolSize, logger, clock, random })
}

async function onFolder(options: OpenDatabaseOptions, random: Random): Promise<ConnectionSource> {
  const { database: folder, postgresBin, logger, clock, applicationName = 'sendword', signal } = options
  return await openPackagedServer({ folder, postgresBin, logger, clock, random, applicationName, signal })
}

async function atUrl(options: OpenDatabaseOptions, random: Random): Promise<ConnectionSource> {
  const { database, directUrl = database, logger, clock, applicationName = 'sendword', signal } = options
  const pooled = hostsOf(serversOf(database, 'DATABASE_URL'), applicationName)
  // The same servers, so that what one connection learns of them holds for all.
  const direct = directUrl === database ? pooled : hostsOf(serversOf(directUrl, 'The direct URL'), applicationName)
  const places = new Map([
    [pooled, database],
    [direct, directUrl],
  ])
  for (const [hosts, url] of places) {
    await waitUntilUsable({ hosts, location: shownDatabaseUrl(url), logger, clock, random, signal })
  }
  return { location: shownDatabaseUrl(database), folder: undefined, pooled, direct, leave: async () => undefined }
}

function hostsOf({ servers, mustWrite }: DatabaseServers, applicationName: string): Hosts {
  const [first, ...others] = servers.map(({ name, url }) => {
    const config = { connectionString: url, application_name: applicationName }
    return { name, config: () => config }
  })
  if (first === undefined) throw new StateError('PUSH_INTERNAL')
  return new Hosts({ hosts: [first, ...others], mustWrite })
}
