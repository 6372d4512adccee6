// How far the devices of messages to an audience have been found, and how many jobs of theirs are open.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { StoredAudience } from './audience-kinds.ts'
import { columns } from './bulk.ts'

export interface FanOut {
  readonly app: string
  readonly audience: StoredAudience
  /** Push services whose devices are left out. */
  readonly unfit: readonly TransportName[]
  readonly releasedOn: string
  /** The row id of the last device that was looked at. */
  readonly after: string | undefined
  readonly openSlices: number
}

/**
 * The fan-out of a message, locked until the transaction ends, so that no two ever page at once. Undefined when all
 * devices have been found, or it was cancelled, or there is no such message.
 */
export async function lockFanOut(tx: Tx, messageId: string): Promise<FanOut | undefined> {
  const rows = await tx.execute<Omit<FanOut, 'after'> & { after: string | null }>(
    `SELECT app, audience, unfit, released_on::text AS "releasedOn", fan_out_after AS after, open_slices AS "openSlices"
       FROM sendword.message
      WHERE id = $1 AND audience IS NOT NULL AND audience_size IS NULL AND cancelled_at IS NULL
        FOR UPDATE`,
    [messageId],
  )
  return rows[0] && { ...rows[0], after: rows[0].after ?? undefined }
}

export interface FanOutStep {
  readonly messageId: string
  /** Where the next page begins; undefined when all devices have been found. */
  readonly next: string | undefined
  readonly found: number
  readonly skipped: number
  readonly slices: number
}

export async function saveFanOut(tx: Tx, { messageId, next, found, skipped, slices }: FanOutStep): Promise<void> {
  await tx.execute(
    `UPDATE sendword.message
        SET fan_out_after = $2, fanned_out = fanned_out + $3, skipped = skipped + $4, open_slices = open_slices + $5,
            audience_size = CASE WHEN $2::uuid IS NULL THEN fanned_out + $3 END
      WHERE id = $1`,
    [messageId, next ?? null, found, skipped, slices],
  )
}

/** Jobs of messages to an audience that came, less those that went. */
export async function addOpenSlices(tx: Tx, changes: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...changes].filter(([, change]) => change !== 0)
  if (rows.length === 0) return
  await tx.execute(
    // Locked in one order everywhere, so that two that change the same messages do not wait for each other.
    `WITH changed AS (
       SELECT m.id, v.change FROM unnest($1::uuid[], $2::integer[]) AS v (id, change)
         JOIN sendword.message AS m ON m.id = v.id ORDER BY m.id FOR UPDATE OF m
     )
     UPDATE sendword.message AS m SET open_slices = m.open_slices + changed.change FROM changed WHERE m.id = changed.id`,
    columns(
      rows,
      ([id]) => id,
      ([, change]) => change,
    ),
  )
}

/** Of these messages, those to an audience that has devices left without a result. */
export async function findOpenAudiences(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(
    `SELECT id FROM sendword.message
      WHERE id = ANY ($1::uuid[]) AND audience IS NOT NULL AND (audience_size IS NULL OR open_slices > 0)`,
    [ids],
  )
  return rows.map(({ id }) => id)
}

/**
 * Ends a message for all devices that have no result yet: no more of them are looked for, and the jobs there are find
 * out. Leaves one that is over as it is. Answers whether it was still under way.
 */
export async function cancelMessage(tx: Tx, app: string, id: string, at: Date): Promise<boolean> {
  const rows = await tx.execute(
    `UPDATE sendword.message AS m
        SET cancelled_at = $3, audience_size = coalesce(audience_size, fanned_out)
      WHERE id = $1 AND app = $2 AND cancelled_at IS NULL
        AND CASE WHEN audience IS NOT NULL THEN audience_size IS NULL OR open_slices > 0
                 ELSE NOT EXISTS (SELECT FROM sendword.delivery AS r
                                   WHERE r.released_on = m.released_on AND r.message_id = m.id) END
     RETURNING id`,
    [id, app, at],
  )
  return rows.length > 0
}
