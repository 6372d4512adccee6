// What a slice of a message needs when it is sent: the message, and how each of its devices stands at that moment.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { MessageContent } from '../model/message.ts'
import type { StoredTiming } from '../model/timing.ts'
import { ownOrUsers } from './audience-kinds.ts'
import { columns } from './bulk.ts'
import { ofDays } from './deliveries.ts'

export interface MessageToSend {
  readonly id: string
  readonly app: string
  readonly content: MessageContent
  readonly expiresAt: Date
  readonly singleTry: boolean
  readonly isCancelled: boolean
  /** The users it is for, whoever holds their devices by now; null when it is not for users. */
  readonly users: readonly string[] | null
  /** Null when nothing but its jobs says when it goes. */
  readonly timing: StoredTiming | null
}

export async function findMessagesToSend(tx: Tx, ids: readonly string[]): Promise<MessageToSend[]> {
  return await tx.execute<MessageToSend>(
    `SELECT id, app, content, expires_at AS "expiresAt", single_try AS "singleTry",
            cancelled_at IS NOT NULL AS "isCancelled",
            CASE WHEN audience ? 'user' THEN ARRAY[audience ->> 'user']
                 WHEN audience ? 'users' THEN ARRAY(SELECT jsonb_array_elements_text(audience -> 'users')) END AS users,
            timing
       FROM sendword.message WHERE id = ANY ($1::uuid[])`,
    [ids],
  )
}

export interface SliceMember {
  readonly messageId: string
  readonly device: string
  /** Undefined when the device was removed or holds no live address. */
  readonly address: string | undefined
  readonly transport: TransportName | undefined
  readonly failedReason: string | undefined
  readonly userId: string | undefined
  /** When it last registered, milliseconds since the epoch. */
  readonly registeredAt: number | undefined
  /** Nothing was heard of it since `heardBefore`. */
  readonly isQuiet: boolean
  /** Where it is, as the device or its user has told; only if asked for. */
  readonly timeZone: string | undefined
  /** A result that an earlier run already recorded. */
  readonly settled: boolean
}

/** The state, at this moment, of every (message, device) pair of many slices. */
export async function findSliceMembers(
  tx: Tx,
  pairs: ReadonlyArray<{ releasedOn: string; messageId: string; device: string }>,
  heardBefore: Date,
  withZones: boolean,
): Promise<SliceMember[]> {
  const rows = await tx.execute<{
    messageId: string
    device: string
    address: string | null
    transport: TransportName | null
    failedReason: string | null
    userId: string | null
    registeredAt: number | null
    isQuiet: boolean | null
    timeZone?: string | null
    settled: boolean
  }>(
    `SELECT p.message_id AS "messageId", p.device, d.address, d.transport, d.failed_reason AS "failedReason",
            d.user_id AS "userId",
            extract(epoch FROM d.last_seen_at)::float8 * 1000 AS "registeredAt",
            greatest(d.last_seen_at, d.last_success_at) <= $4 AS "isQuiet",
            r.message_id IS NOT NULL AS settled${withZones ? `, ${ownOrUsers('time_zone')} AS "timeZone"` : ''}
       FROM unnest($1::date[], $2::uuid[], $3::uuid[]) AS p (released_on, message_id, device)
       -- By the limits, each is looked up: the planner would rather read all devices for a few thousand.
       LEFT JOIN LATERAL (SELECT * FROM sendword.device WHERE id = p.device LIMIT 1) AS d ON true
       LEFT JOIN LATERAL (
         SELECT message_id FROM sendword.delivery
          WHERE released_on = p.released_on AND message_id = p.message_id AND device = p.device
            AND ${ofDays('$5')} LIMIT 1) AS r ON true`,
    [
      ...columns(
        pairs,
        (pair) => pair.releasedOn,
        (pair) => pair.messageId,
        (pair) => pair.device,
      ),
      heardBefore,
      [...new Set(pairs.map(({ releasedOn }) => releasedOn))],
    ],
  )
  return rows.map((row) => ({
    messageId: row.messageId,
    device: row.device,
    address: row.address ?? undefined,
    transport: row.transport ?? undefined,
    failedReason: row.failedReason ?? undefined,
    userId: row.userId ?? undefined,
    registeredAt: row.registeredAt ?? undefined,
    isQuiet: row.isQuiet ?? false,
    timeZone: row.timeZone ?? undefined,
    settled: row.settled,
  }))
}
