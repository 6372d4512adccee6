// The ledger of results, and the partitions of what is kept with it: a day each, made ahead and dropped whole.
import type { Tx } from '../database/tx.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import { columns } from './bulk.ts'

export interface Result {
  readonly releasedOn: string
  readonly messageId: string
  readonly device: string
  readonly outcome: FinalOutcome
  readonly reason: string | undefined
  readonly providerId: string | undefined
  readonly attempts: number
  readonly finishedAt: Date
}

/** Writes results; one that is already there stays as it is. */
export async function insertResults(tx: Tx, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return
  await tx.execute(
    `INSERT INTO sendword.delivery
       (released_on, message_id, device, outcome, reason, provider_id, attempts, finished_at)
     SELECT * FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::sendword.outcome[], $5::text[], $6::text[],
                          $7::integer[], $8::timestamptz[])
     ON CONFLICT DO NOTHING`,
    columns(
      results,
      (row) => row.releasedOn,
      (row) => row.messageId,
      (row) => row.device,
      (row) => row.outcome,
      (row) => row.reason ?? null,
      (row) => row.providerId ?? null,
      (row) => row.attempts,
      (row) => row.finishedAt.toISOString(),
    ),
  )
}

const DAY_MS = 86_400_000
/** Both by the day on which a message was released. */
const LEDGER_TABLES = ['delivery', 'receipt'] as const
const PARTITION = /_(\d{4})_(\d{2})_(\d{2})$/

/** The UTC date of a moment, YYYY-MM-DD. */
export function utcDate(at: Date): string {
  return at.toISOString().slice(0, 10)
}

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

/** Drops the partitions of days before `before`; answers their names. */
export async function dropPartitions(tx: Tx, before: string): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
      WHERE i.inhparent IN ('sendword.delivery'::regclass, 'sendword.receipt'::regclass)`,
  )
  const old = rows
    .map((row) => row.name)
    .filter((name) => {
      const date = PARTITION.exec(name)
      return date !== null && `${date[1]}-${date[2]}-${date[3]}` < before
    })
  for (const name of old) await tx.execute(`DROP TABLE sendword.${name}`)
  for (const table of LEDGER_TABLES) {
    await tx.execute(`DELETE FROM sendword.${table}_default WHERE released_on < $1::date`, [before])
  }
  return old
}
