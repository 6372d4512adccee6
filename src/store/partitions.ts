// The partitions of the ledger and of what is kept with it: a day each, made ahead and dropped whole.
import type { Tx } from '../database/tx.ts'
import { utcDate } from './deliveries.ts'

const DAY_MS = 86_400_000
/** Both by the day on which a message was released. */
const LEDGER_TABLES = ['delivery', 'receipt'] as const
/** Shorter than senders notice, longer than the batch of results that is being written. */
const LOCK_WAIT_MS = 500
const PARTITION = /_(\d{4})_(\d{2})_(\d{2})$/

function partitionName(table: string, date: string): string {
  return `${table}_${date.replaceAll('-', '_')}`
}

/**
 * Makes the partitions of a day and the `ahead` days after it that are missing. Rows of such a day that went to the
 * default partition, for want of their own, move to it.
 */
export async function makePartitions(tx: Tx, today: Date, ahead: number): Promise<void> {
  for (let day = 0; day <= ahead; day++) {
    const from = utcDate(new Date(today.getTime() + day * DAY_MS))
    const to = utcDate(new Date(today.getTime() + (day + 1) * DAY_MS))
    for (const table of LEDGER_TABLES) await makePartition(tx, table, { from, to })
  }
}

async function makePartition(tx: Tx, table: string, { from, to }: { from: string; to: string }): Promise<void> {
  const name = `sendword.${partitionName(table, from)}`
  const known = await tx.execute<{ name: string | null }>('SELECT to_regclass($1)::text AS name', [name])
  if (known[0]?.name) return
  // Names and bounds come from here and from Date, never from input; DDL takes no parameters.
  await tx.execute(`CREATE TABLE ${name} (LIKE sendword.${table} INCLUDING ALL)`)
  await tx.execute(
    `WITH moved AS (DELETE FROM sendword.${table}_default WHERE released_on = '${from}' RETURNING *)
     INSERT INTO ${name} SELECT * FROM moved`,
  )
  await tx.execute(`ALTER TABLE sendword.${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`)
}

/**
 * Lets the caller's transaction wait for locks this long at most. Whoever waits to make or drop a partition keeps all
 * waiting that come after, so that behind a long read no result could be written.
 */
export async function limitLockWaits(tx: Tx): Promise<void> {
  await tx.execute(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
}

/** The names of the partitions of days before `before`. */
export async function findOldPartitions(tx: Tx, before: string): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
      WHERE i.inhparent IN ('sendword.delivery'::regclass, 'sendword.receipt'::regclass) ORDER BY c.relname`,
  )
  return rows
    .map((row) => row.name)
    .filter((name) => {
      const date = PARTITION.exec(name)
      return date !== null && `${date[1]}-${date[2]}-${date[3]}` < before
    })
}

/** Drops one of those, in a transaction of its own: it locks the whole table against senders until that ends. */
export async function dropPartition(tx: Tx, name: string): Promise<void> {
  // A partition cannot be detached concurrently beside a default one, so it goes at once. The name is the catalog's own.
  await tx.execute(`DROP TABLE IF EXISTS sendword.${name}`)
}

/** Deletes what is older than `before` and found no partition of its day. */
export async function sweepDefaultPartitions(tx: Tx, before: string): Promise<void> {
  for (const table of LEDGER_TABLES) {
    await tx.execute(`DELETE FROM sendword.${table}_default WHERE released_on < $1::date`, [before])
  }
}
