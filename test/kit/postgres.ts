// A database of its own for a test file or a test, on the PostgreSQL that the whole run shares.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

interface SharedPostgres {
  /** A superuser's URL of the maintenance database. */
  readonly adminUrl: string
  /** The name of the migrated database that others are copied from. */
  readonly template: string
  /** A folder for what the tests of this run share; it goes when the run ends. */
  readonly runFolder: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: SharedPostgres
  }
}

export interface TestDatabase {
  readonly url: string
  readonly name: string
  /** Drops the database, whoever is still connected. */
  dispose(): Promise<void>
}

/** A migrated database, or with `empty` one without any table. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const { adminUrl, template } = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  await adminQuery(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : template}`)
  return {
    name,
    url: databaseUrl(adminUrl, name),
    dispose: () => adminQuery(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** The URL of another database on the same server. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}

export async function adminQuery(adminUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
