// The database as the options name it, and the migrations that bring its schema up to date.
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/tx.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { ResolvedDatabase, ResolvedOptions } from './options/resolve-options.ts'

export interface ConfiguredDatabaseInput {
  readonly options: ResolvedOptions
  readonly logger: Logger
  readonly clock: Clock
  /** Ends the wait for a database that is down. */
  readonly signal?: AbortSignal | undefined
}

export const MIGRATIONS = new URL('../store/migrations/', import.meta.url)

export async function openConfiguredDatabase(input: ConfiguredDatabaseInput): Promise<Database> {
  const { options, logger, clock, signal } = input
  return await openDatabase({
    ...place(options.database),
    poolSize: options.databasePoolSize,
    logger: logger.child('database'),
    clock,
    signal,
  })
}

function place(database: ResolvedDatabase) {
  if (database.kind === 'url') return { database: database.url, directUrl: database.directUrl }
  return { database: database.folder, postgresBin: database.postgresBin }
}
