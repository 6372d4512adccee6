// Messages that wait for their time: those that are due, and those that are stopped before.
import type { Tx } from '../database/tx.ts'
import { insertResults, utcDate } from './deliveries.ts'

export interface Release {
  readonly id: string
  readonly app: string
  /** The row id of the one device that it goes to; null: it has an audience. */
  readonly device: string | null
  readonly releasedOn: string
  /** It obeys quiet hours. */
  readonly hasQuietHours: boolean
}

/**
 * Ends the wait of messages that are due, at most `limit`, the earliest first; their lives begin now. Passes over those
 * that another process is at.
 */
export async function releaseDue(tx: Tx, at: Date, limit: number): Promise<Release[]> {
  return await tx.execute<Release>(
    `WITH due AS (
       SELECT id FROM sendword.message WHERE is_waiting AND release_at <= $1 ORDER BY release_at LIMIT $2
          FOR UPDATE SKIP LOCKED
     )
     UPDATE sendword.message AS m
        SET is_waiting = false, released_on = $3, expires_at = greatest(m.expires_at, $1 + (m.expires_at - m.release_at))
       FROM due WHERE m.id = due.id
     RETURNING m.id, m.app, m.device, m.released_on::text AS "releasedOn",
               coalesce(m.timing ? 'quietHours', false) AS "hasQuietHours"`,
    [at, limit, utcDate(at)],
  )
}

/** When the next waiting message is due; undefined when none waits. */
export async function nextRelease(tx: Tx): Promise<Date | undefined> {
  const rows = await tx.execute<{ at: Date | null }>(
    'SELECT min(release_at) AS at FROM sendword.message WHERE is_waiting',
  )
  return rows[0]?.at ?? undefined
}

/** Ends a message that still waits, before anything of it has left. Answers whether there was such a one. */
export async function cancelWaiting(
  tx: Tx,
  { app, id, at, reason }: { app: string; id: string; at: Date; reason: string },
): Promise<boolean> {
  const rows = await tx.execute<{ device: string | null }>(
    `UPDATE sendword.message
        SET is_waiting = false, cancelled_at = $3, released_on = $4, audience_size = coalesce(audience_size, 0)
      WHERE id = $1 AND app = $2 AND is_waiting
     RETURNING device`,
    [id, app, at, utcDate(at)],
  )
  const [row] = rows
  if (!row) return false
  const subject = { releasedOn: utcDate(at), messageId: id, outcome: 'cancelled' as const, reason }
  const end = { providerId: undefined, attempts: 0, finishedAt: at }
  await insertResults(tx, row.device === null ? [] : [{ ...subject, device: row.device, ...end }])
  return true
}
