// What channels have sent: to all who are subscribed, and, to catch up, to one device.
import type { Tx } from '../database/tx.ts'
import type { MessageContent } from '../model/message.ts'
import { channelsOfDevice } from './reach.ts'

/** Notes that a message is a channel's. @param device The row id of the one device that it goes to, to catch up. */
export async function noteChannelMessage(
  tx: Tx,
  { channel, messageId, device }: { channel: string; messageId: string; device?: string },
): Promise<void> {
  await tx.execute(
    `INSERT INTO sendword.channel_message (channel, message_id, device) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [channel, messageId, device ?? null],
  )
}

export interface MissedMessage {
  /** The row id of the channel. */
  readonly channel: string
  readonly content: MessageContent
  /** Seconds that it could wait when it was published. */
  readonly ttl: number
}

/** Channels that one device catches up with at once. */
const MAX_MISSED = 50

/**
 * The newest message of each channel that lets devices catch up, for one device that it reaches: unless a push service
 * took it for the device, or it is on its way there. @param couldBeReached Whether the device had a live address.
 */
export async function findMissedMessages(
  tx: Tx,
  { app, device, couldBeReached, at }: { app: string; device: string; couldBeReached: boolean; at: Date },
): Promise<MissedMessage[]> {
  // Most devices are reached by no such channel, and planning the rest for all of the ledger costs more than all else here.
  const [reached] = await tx.execute(
    `SELECT 1 FROM (${channelsOfDevice('$2')}) AS its JOIN sendword.channel AS c ON c.id = its.channel
      WHERE c.app = $1 AND c.catch_up LIMIT 1`,
    [app, device],
  )
  if (!reached) return []
  return await tx.execute<MissedMessage>(
    `SELECT c.id AS channel, m.content,
            coalesce((m.timing ->> 'ttl')::int, extract(epoch FROM m.expires_at - m.accepted_at)::int) AS ttl
       FROM (${channelsOfDevice('$2')}) AS its JOIN sendword.channel AS c ON c.id = its.channel
      CROSS JOIN LATERAL (
        SELECT p.message_id FROM sendword.channel_message AS p JOIN sendword.message AS sent ON sent.id = p.message_id
         -- One that waits for its time, or was cancelled before it went to anybody, has been missed by nobody.
         WHERE p.channel = c.id AND p.device IS NULL AND NOT sent.is_waiting
           AND NOT (sent.cancelled_at IS NOT NULL AND sent.fanned_out = 0)
         ORDER BY p.message_id DESC LIMIT 1) AS newest
       JOIN sendword.message AS m ON m.id = newest.message_id
      WHERE c.app = $1 AND c.catch_up AND m.cancelled_at IS NULL
        AND NOT EXISTS (
          SELECT 1 FROM sendword.delivery AS r
           WHERE r.released_on = m.released_on AND r.message_id = m.id AND r.device = $2 AND r.outcome = 'accepted')
        -- It waits in a job, for whatever address is live by then.
        AND NOT ($3 AND (m.audience_size IS NULL OR m.open_slices > 0) AND m.expires_at > $4)
        AND NOT EXISTS (
          SELECT 1 FROM sendword.channel_message AS p JOIN sendword.message AS own ON own.id = p.message_id
            LEFT JOIN sendword.delivery AS r
                   ON r.released_on = own.released_on AND r.message_id = own.id AND r.device = $2
           WHERE p.channel = c.id AND p.device = $2 AND p.message_id > m.id
             AND (r.outcome = 'accepted' OR (r.outcome IS NULL AND own.expires_at > $4)))
      ORDER BY c.id LIMIT ${MAX_MISSED}`,
    [app, device, couldBeReached, at],
  )
}
