// What devices told of the messages that ask for receipts: when each was delivered and opened.
import type { Tx } from '../database/tx.ts'
import type { ReceiptEvent, ReceiptSubject } from '../model/receipt-token.ts'
import { columns } from './bulk.ts'
import { ofDays } from './deliveries.ts'

export interface Receipt extends Omit<ReceiptSubject, 'app'> {
  readonly event: ReceiptEvent
  /** By the device's clock, or ours. */
  readonly at: Date
}

export interface ReceiptCounts {
  readonly delivered: number
  readonly opened: number
  /** For a message to one device. */
  readonly deliveredAt: Date | undefined
  readonly openedAt: Date | undefined
}

/**
 * Writes what they tell; the earliest time counts, whatever order they come in. A time before the message was accepted is
 * that of a clock that is wrong, and is taken as that moment. Answers the ids of the messages that there are; receipts of
 * others are not kept.
 */
export async function noteReceipts(tx: Tx, receipts: readonly Receipt[]): Promise<Set<string>> {
  const rows = await tx.execute<{ messageId: string }>(
    // In one order everywhere, so that two who tell of the same messages do not wait for each other.
    `WITH told AS (
       SELECT v.released_on, v.message_id, v.device,
              min(greatest(m.accepted_at, v.at)) AS delivered_at,
              min(greatest(m.accepted_at, v.at)) FILTER (WHERE v.event = 'opened') AS opened_at
         FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
           AS v (released_on, message_id, device, event, at)
         JOIN sendword.message AS m ON m.id = v.message_id AND m.released_on = v.released_on
        GROUP BY v.released_on, v.message_id, v.device
        ORDER BY v.released_on, v.message_id, v.device
     ), noted AS (
       INSERT INTO sendword.receipt AS r (released_on, message_id, device, delivered_at, opened_at)
       SELECT * FROM told
       ON CONFLICT (released_on, message_id, device) DO UPDATE
         SET delivered_at = least(r.delivered_at, excluded.delivered_at),
             opened_at = least(r.opened_at, excluded.opened_at)
         WHERE excluded.delivered_at < r.delivered_at OR excluded.opened_at < coalesce(r.opened_at, 'infinity')
     )
     SELECT DISTINCT message_id AS "messageId" FROM told`,
    columns(
      receipts,
      (row) => row.releasedOn,
      (row) => row.messageId,
      (row) => row.device,
      (row) => row.event,
      (row) => row.at.toISOString(),
    ),
  )
  return new Set(rows.map(({ messageId }) => messageId))
}

/** Whether the message asks for receipts, and what was told of it; undefined when there is none. */
export async function countReceipts(
  tx: Tx,
  messageId: string,
): Promise<{ readonly asked: boolean; readonly counts: ReceiptCounts } | undefined> {
  const days = await tx.execute<{ day: string }>(
    'SELECT released_on::text AS day FROM sendword.message WHERE id = $1',
    [messageId],
  )
  const rows = await tx.execute<{
    asked: boolean
    isSingle: boolean
    delivered: number
    opened: number
    deliveredAt: Date | null
    openedAt: Date | null
  }>(
    `SELECT m.content @> '{"receipts": true}' AS asked, m.audience IS NULL AND m.audience_size = 1 AS "isSingle",
            count(r.delivered_at)::int AS delivered, count(r.opened_at)::int AS opened,
            min(r.delivered_at) AS "deliveredAt", min(r.opened_at) AS "openedAt"
       FROM sendword.message AS m
       LEFT JOIN sendword.receipt AS r
              ON r.released_on = m.released_on AND r.message_id = m.id AND r.${ofDays('$2')}
      WHERE m.id = $1
      GROUP BY m.id`,
    [messageId, days.map(({ day }) => day)],
  )
  const row = rows[0]
  if (!row) return undefined
  const { asked, isSingle, delivered, opened } = row
  const counts = {
    delivered,
    opened,
    deliveredAt: isSingle ? (row.deliveredAt ?? undefined) : undefined,
    openedAt: isSingle ? (row.openedAt ?? undefined) : undefined,
  }
  return { asked, counts }
}
