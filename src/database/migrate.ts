// Numbered, hand-written migrations: brings a database to the newest one, whoever else is starting at the same time.
import { readdir, readFile } from 'node:fs/promises'
import { ConfigError } from '../model/push-error.ts'
import type { Clock } from '../util/clock.ts'
import { systemClock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Database, Tx } from './tx.ts'

/** One lock for all that alter the schema; any number will do that nobody else uses. */
const MIGRATION_LOCK = '7310307841207465321'
const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/

interface Migration {
  readonly number: number
  readonly name: string
  readonly url: URL
}

export interface MigrationResult {
  /** The newest migration that the database had before; 0 for none. */
  readonly from: number
  readonly to: number
}

/** Applies what is missing of the `NNNN-name.sql` files in `folder`, each in one transaction with its record. */
export async function migrate(
  database: Database,
  folder: URL,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<MigrationResult> {
  const migrations = await readMigrations(folder)
  const newest = migrations.length
  const from = await database.transaction(async (tx) => {
    await lock(tx)
    await tx.execute('CREATE SCHEMA IF NOT EXISTS sendword')
    await tx.execute(
      `CREATE TABLE IF NOT EXISTS sendword.migration
         (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL)`,
    )
    return await appliedNumber(tx)
  })
  refuseNewer(from, newest)
  for (const migration of migrations.slice(from)) {
    const { number, name } = migration
    const sql = await readFile(migration.url, 'utf8')
    const applied = await database.transaction((tx) => apply(tx, { number, name, sql }, newest, clock))
    if (applied) logger.info('Applied a migration.', { number, migration: name })
  }
  return { from, to: newest }
}

/** False when another process has applied it meanwhile. */
async function apply(
  tx: Tx,
  { number, name, sql }: { number: number; name: string; sql: string },
  newest: number,
  clock: Clock,
): Promise<boolean> {
  await lock(tx)
  const applied = await appliedNumber(tx)
  refuseNewer(applied, newest)
  if (applied >= number) return false
  await tx.execute(sql)
  await tx.execute('INSERT INTO sendword.migration (number, name, applied_at) VALUES ($1, $2, $3)', [
    number,
    name,
    new Date(clock.now()),
  ])
  return true
}

/** Held until the transaction ends, so a pooler in transaction mode may lie between, and a killed process lets go. */
async function lock(tx: Tx): Promise<void> {
  await tx.execute(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
}

async function appliedNumber(tx: Tx): Promise<number> {
  const [row] = await tx.execute<{ number: number }>(
    'SELECT coalesce(max(number), 0) AS number FROM sendword.migration',
  )
  return row?.number ?? 0
}

function refuseNewer(applied: number, newest: number): void {
  if (applied <= newest) return
  throw new ConfigError('PUSH_DATABASE_NEWER', {
    detail: `The database is at migration ${applied}; this version knows migrations up to ${newest}.`,
  })
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return files.map((file, index) => {
    const [, digits, name] = FILE_NAME.exec(file) ?? []
    if (digits === undefined || name === undefined) throw new Error(`${file} is not named NNNN-name.sql.`)
    const number = Number(digits)
    if (number !== index + 1) throw new Error(`${file} should be number ${index + 1}: there is a gap or a duplicate.`)
    return { number, name, url: new URL(file, `${folder.href.replace(/\/?$/, '/')}`) }
  })
}
