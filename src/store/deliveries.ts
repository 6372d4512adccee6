// The ledger of results: how each message ended for each device.
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
      isoTimes(),
    ),
  )
}

/**
 * On the ledger's tables: of these days only. What a join says of the day is known too late, and then a statement is
 * planned for all partitions, which takes longer than to run it. @param days The placeholder of their dates.
 */
export function ofDays(days: string): string {
  return `released_on = ANY (${days}::date[])`
}

/** Many results have the same millisecond, and writing a time out costs more than all else of a row. */
function isoTimes(): (row: Result) => string {
  let last = Number.NaN
  let text = ''
  return ({ finishedAt }) => {
    if (finishedAt.getTime() !== last) text = finishedAt.toISOString()
    last = finishedAt.getTime()
    return text
  }
}

/** The UTC date of a moment, YYYY-MM-DD. */
export function utcDate(at: Date): string {
  return at.toISOString().slice(0, 10)
}
