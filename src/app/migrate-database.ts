// Brings a database to this version and does nothing else: for operators who migrate before they start new processes.
import { type MigrationResult, migrate } from '../database/migrate.ts'
import { openQueue } from '../queue/queue.ts'
import { type ConfiguredDatabaseInput, MIGRATIONS, openConfiguredDatabase } from './configured-database.ts'

export interface MigratedDatabase extends MigrationResult {
  /** Where it is, for people. */
  readonly location: string
}

export async function migrateDatabase(input: ConfiguredDatabaseInput): Promise<MigratedDatabase> {
  const { logger, clock } = input
  const database = await openConfiguredDatabase(input)
  try {
    const result = await migrate(database, MIGRATIONS, logger.child('database'), clock)
    // The queue keeps tables of its own, which it makes and migrates when it is opened.
    const queue = await openQueue({ database, logger: logger.child('queue'), supervise: false })
    await queue.close()
    return { ...result, location: database.location }
  } finally {
    await database.close()
  }
}
