// Opens the database: a PostgreSQL at a URL, or the packaged one on a folder.

import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { systemRandom } from '../util/random.ts'
import { waitUntilUsable } from './connect.ts'
import type { ConnectionSource } from './connection-source.ts'
import { checkDatabaseUrl, isDatabaseUrl, shownDatabaseUrl } from './database-url.ts'
import { openPackagedServer } from './packaged/packaged-server.ts'
import { PooledDatabase } from './pooled-database.ts'
import type { Database } from './tx.ts'

export interface OpenDatabaseOptions {
  /** A folder, on which PostgreSQL is run for you, or a postgres:// URL of your own. */
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
  checkDatabaseUrl(database, 'DATABASE_URL')
  checkDatabaseUrl(directUrl, 'The direct URL')
  const config = { connectionString: database, application_name: applicationName }
  const directConfig = { ...config, connectionString: directUrl }
  for (const url of new Set([database, directUrl])) {
    const location = shownDatabaseUrl(url)
    await waitUntilUsable({ config: { ...config, connectionString: url }, location, logger, clock, random, signal })
  }
  return {
    location: shownDatabaseUrl(database),
    folder: undefined,
    config: () => config,
    directConfig: () => directConfig,
    leave: async () => undefined,
  }
}
