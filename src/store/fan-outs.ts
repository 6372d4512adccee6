// How far the devices of messages to an audience have been found, and how many jobs of theirs are open.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { StoredTiming } from '../model/timing.ts'
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
  /** Those for a later time not among them. */
  readonly openSlices: number
  /** Null where its devices get it as soon as they are found. */
  readonly timing: StoredTiming | null
  readonly acceptedAt: Date
  readonly expiresAt: Date
  readonly singleTry: boolean
}

/**
 * The fan-out of a message, locked until the transaction ends, so that no two ever page at once. Undefined when all
 * devices have been found, or it was cancelled, or there is no such message.
 */
export async function lockFanOut(tx: Tx, messageId: string): Promise<FanOut | undefined> {
  const rows = await tx.execute<Omit<FanOut, 'after'> & { after: string | null }>(
    `SELECT app, audience, unfit, released_on::text AS "releasedOn", fan_out_after AS after,
            open_slices - delayed_slices AS "openSlices", timing, accepted_at AS "acceptedAt", expires_at AS "expiresAt",
            single_try AS "singleTry"
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
  /** Of them, those for a later time. */
  readonly delayed: number
}

export async function saveFanOut(tx: Tx, { messageId, next, ...step }: FanOutStep): Promise<void> {
  await tx.execute(
    `UPDATE sendword.message
        SET fan_out_after = $2, fanned_out = fanned_out + $3, skipped = skipped + $4, open_slices = open_slices + $5,
            delayed_slices = delayed_slices + $6, audience_size = CASE WHEN $2::uuid IS NULL THEN fanned_out + $3 END
      WHERE id = $1`,
    [messageId, next ?? null, step.found, step.skipped, step.slices, step.delayed],
  )
}

export interface SliceChange {
  readonly open: number
  /** Of those, for a later time. */
  readonly delayed: number
}

/** Jobs of messages to an audience that came, less those that went. */
export async function addOpenSlices(tx: Tx, changes: ReadonlyMap<string, SliceChange>): Promise<void> {
  const rows = [...changes].filter(([, { open, delayed }]) => open !== 0 || delayed !== 0)
  if (rows.length === 0) return
  await tx.execute(
    // Locked in one order everywhere, so that two that change the same messages do not wait for each other.
    `WITH changed AS (
       SELECT m.id, v.open, v.delayed FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS v (id, open, delayed)
         JOIN sendword.message AS m ON m.id = v.id ORDER BY m.id FOR UPDATE OF m
     )
     UPDATE sendword.message AS m
        SET open_slices = m.open_slices + changed.open, delayed_slices = m.delayed_slices + changed.delayed
       FROM changed WHERE m.id = changed.id`,
    columns(
      rows,
      ([id]) => id,
      ([, { open }]) => open,
      ([, { delayed }]) => delayed,
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
 * out. Leaves one that is over as it is, and then answers undefined.
 */
export async function cancelMessage(tx: Tx, app: string, id: string, at: Date): Promise<Cancelled | undefined> {
  const rows = await tx.execute<Cancelled>(
    `UPDATE sendword.message AS m
        SET cancelled_at = $3, audience_size = coalesce(audience_size, fanned_out)
      WHERE id = $1 AND app = $2 AND cancelled_at IS NULL
        AND CASE WHEN audience IS NOT NULL THEN audience_size IS NULL OR open_slices > 0
                 ELSE NOT EXISTS (SELECT FROM sendword.delivery AS r
                                   WHERE r.released_on = m.released_on AND r.message_id = m.id) END
     RETURNING timing IS NOT NULL AS "mayBeDelayed"`,
    [id, app, at],
  )
  return rows[0]
}

export interface Cancelled {
  /** Jobs of it may be for a later time. */
  readonly mayBeDelayed: boolean
}

/** Of these messages, those that were cancelled; none of the others can be until the transaction ends. */
export async function lockCancelled(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string; isCancelled: boolean }>(
    `SELECT id, cancelled_at IS NOT NULL AS "isCancelled" FROM sendword.message
      WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE`,
    [ids],
  )
  return new Set(rows.flatMap(({ id, isCancelled }) => (isCancelled ? id : [])))
}
