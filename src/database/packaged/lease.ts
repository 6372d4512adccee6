// A lease says "a process of ours uses this server". It is a shared advisory lock on a session that is kept open:
// a process that is killed loses it by itself. Whoever leaves tries to take the same lock exclusively; only the last
// can, and while it holds the lock no newcomer gets a lease that the coming stop would make worthless.
import type { ClientConfig } from 'pg'
import type { Clock } from '../../util/clock.ts'
import { type Connection, openConnection } from '../connect.ts'
import { SUPERUSER } from './cluster.ts'
import { isProcessAlive } from './process-alive.ts'

/** Advisory locks belong to a database; this one is always there, even while `sendword` is being restored. */
const LEASE_DATABASE = 'postgres'
const LEASE_LOCK = '7310307841207465322'
const CREATION_LOCK = '7310307841207465323'
const APPLICATION_NAME = 'sendword lease'
/** The server notices within milliseconds that a killed process has lost its session; this is ample. */
const DEAD_HOLDER_TRIES = 20
/** A process that is being killed at this moment may still look alive at the first look. */
const LEAST_TRIES = 3
const TRY_PAUSE_MS = 50

export const DATABASE = 'sendword'

export interface Lease {
  /** Resolves when the session has ended, for whatever reason. */
  readonly lost: Promise<void>
  /** Whether the server answers on the session. */
  isAlive(): Promise<boolean>
  /**
   * Gives the lease up. True when it was the last one: then the caller stops the server, and newcomers wait until
   * the session is dropped.
   */
  giveUp(): Promise<boolean>
  drop(): void
}

export async function takeLease(config: ClientConfig, clock: Clock): Promise<Lease> {
  const connection = await openConnection({
    ...config,
    database: LEASE_DATABASE,
    application_name: `${APPLICATION_NAME} ${process.pid}`,
  })
  const { client, destroy } = connection
  const lost = new Promise<void>((resolve) => {
    client.once('end', () => resolve())
    client.on('error', () => destroy())
  })
  try {
    await client.query('SET idle_session_timeout = 0')
    await client.query(`SELECT pg_advisory_lock_shared(${LEASE_LOCK})`)
    await createDatabase(connection)
  } catch (error) {
    destroy()
    throw error
  }
  return {
    lost,
    isAlive: () =>
      client.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    giveUp: () => giveUp(connection, clock),
    drop: destroy,
  }
}

async function createDatabase({ client }: Connection): Promise<void> {
  const exists = async () =>
    (await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])).rows.length > 0
  if (await exists()) return
  await client.query(`SELECT pg_advisory_lock(${CREATION_LOCK})`)
  if (!(await exists())) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${SUPERUSER}`)
  await client.query(`SELECT pg_advisory_unlock(${CREATION_LOCK})`)
}

async function giveUp(connection: Connection, clock: Clock): Promise<boolean> {
  const { client } = connection
  await client.query(`SELECT pg_advisory_unlock_shared(${LEASE_LOCK})`)
  for (let tries = 1; ; tries++) {
    const { rows } = await client.query<{ last: boolean }>(`SELECT pg_try_advisory_lock(${LEASE_LOCK}) AS last`)
    if (rows[0]?.last) return true
    // Processes that were killed together with the last but one must not keep the server running. A process that
    // only looks dead because it lives in another container keeps its lease, and the tries come to an end.
    if (tries >= DEAD_HOLDER_TRIES) return false
    if (tries >= LEAST_TRIES && !(await someHolderIsDead(connection))) return false
    await clock.sleep(TRY_PAUSE_MS)
  }
}

async function someHolderIsDead({ client }: Connection): Promise<boolean> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_stat_activity
     WHERE application_name LIKE $1 AND pid <> pg_backend_pid()`,
    [`${APPLICATION_NAME} %`],
  )
  const alive = await Promise.all(rows.map(({ name }) => isProcessAlive(Number(name.slice(APPLICATION_NAME.length)))))
  return alive.includes(false)
}
