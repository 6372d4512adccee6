// Who is subscribed to a channel, and the devices that it reaches by that.
import type { Tx } from '../database/tx.ts'
import type { ChannelDeviceView } from '../model/channel.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import { BEFORE_ALL } from './audiences.ts'
import { reachedByChannel } from './reach.ts'

/** Answers how many were not subscribed yet. */
export async function subscribeUsers(tx: Tx, channel: string, userIds: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    `INSERT INTO sendword.channel_user (channel, user_id) SELECT $1, unnest($2::text[])
     ON CONFLICT DO NOTHING RETURNING user_id`,
    [channel, userIds],
  )
  return rows.length
}

/** Answers how many were subscribed. */
export async function unsubscribeUsers(tx: Tx, channel: string, userIds: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    'DELETE FROM sendword.channel_user WHERE channel = $1 AND user_id = ANY ($2::text[]) RETURNING user_id',
    [channel, userIds],
  )
  return rows.length
}

/** By their ids, after the id `after`. */
export async function listSubscribedUsers(
  tx: Tx,
  channel: string,
  { after = '', limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await tx.execute<{ userId: string }>(
    `SELECT user_id AS "userId" FROM sendword.channel_user WHERE channel = $1 AND user_id > $2
      ORDER BY user_id LIMIT $3`,
    [channel, after, limit],
  )
  return rows.map(({ userId }) => userId)
}

/** Answers how many were not subscribed yet. */
export async function subscribeGroups(tx: Tx, channel: string, groups: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    `INSERT INTO sendword.channel_group (channel, group_id) SELECT $1, unnest($2::uuid[])
     ON CONFLICT DO NOTHING RETURNING group_id`,
    [channel, groups],
  )
  return rows.length
}

/** Answers how many were subscribed. */
export async function unsubscribeGroups(tx: Tx, channel: string, groups: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    'DELETE FROM sendword.channel_group WHERE channel = $1 AND group_id = ANY ($2::uuid[]) RETURNING group_id',
    [channel, groups],
  )
  return rows.length
}

export async function countSubscribedGroups(tx: Tx, channel: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(
    'SELECT count(*)::int AS count FROM sendword.channel_group WHERE channel = $1',
    [channel],
  )
  return row?.count ?? 0
}

/** Messages that are looked through for the last one that a device got. */
const RECENT = 100

/** Of a channel's messages those to all, and those to one device, the newest first. */
const newest = (limit: number) => `(
  (SELECT message_id FROM sendword.channel_message WHERE channel = $1 AND device IS NULL
    ORDER BY message_id DESC LIMIT ${limit})
  UNION ALL
  (SELECT message_id FROM sendword.channel_message WHERE channel = $1 AND device = d.id
    ORDER BY message_id DESC LIMIT ${limit}))`

/** Of a message, at $5: no device that has no result yet will get one. */
const IS_OVER = `(m.expires_at <= $5 OR m.cancelled_at IS NOT NULL
  OR (m.audience IS NOT NULL AND m.audience_size IS NOT NULL AND m.open_slices = 0))`

const RESULT = 'sendword.delivery AS r ON r.released_on = m.released_on AND r.message_id = m.id AND r.device = d.id'

interface ReachedRow {
  deviceId: string
  direct: boolean
  lastMessageAt: Date | null
  messageId: string | null
  isOver: boolean | null
  outcome: FinalOutcome | null
  reason: string | null
}

export interface ReachedPage {
  readonly app: string
  /** The device id that ended the page before. */
  readonly after: string | undefined
  readonly limit: number
  readonly at: Date
}

/** The devices that a channel reaches, in the order they were made, and how it stands with each. */
export async function listReached(
  tx: Tx,
  channel: string,
  { app, after, limit, at }: ReachedPage,
): Promise<ChannelDeviceView[]> {
  const rows = await tx.execute<ReachedRow>(
    `WITH begin AS (
       SELECT coalesce((SELECT id FROM sendword.device WHERE app = $2 AND device_id = $3), '${BEFORE_ALL}') AS id
     ), page AS (${reachedByChannel('$1', { app: '$2', after: '(SELECT id FROM begin)', limit: '$4' })})
     SELECT d.device_id AS "deviceId",
            EXISTS (SELECT 1 FROM sendword.channel_device WHERE channel = $1 AND device = d.id) AS direct,
            taken.at AS "lastMessageAt", latest.*
       FROM page JOIN sendword.device AS d ON d.id = page.id
       LEFT JOIN LATERAL (
         SELECT m.id AS "messageId", ${IS_OVER} AS "isOver", r.outcome, r.reason
           FROM ${newest(1)} AS p JOIN sendword.message AS m ON m.id = p.message_id LEFT JOIN ${RESULT}
          ORDER BY m.id DESC LIMIT 1) AS latest ON true
       LEFT JOIN LATERAL (
         SELECT r.finished_at AS at
           FROM ${newest(RECENT)} AS p JOIN sendword.message AS m ON m.id = p.message_id JOIN ${RESULT}
          WHERE r.outcome = 'accepted' ORDER BY m.id DESC LIMIT 1) AS taken ON true
      ORDER BY d.id`,
    [channel, app, after ?? null, limit, at],
  )
  return rows.map(toView)
}

function toView({
  deviceId,
  direct,
  lastMessageAt,
  messageId,
  isOver,
  outcome,
  reason,
}: ReachedRow): ChannelDeviceView {
  return {
    deviceId,
    direct,
    lastMessageAt: lastMessageAt ?? undefined,
    messageId: messageId ?? undefined,
    state: outcome ?? (isOver === false ? 'pending' : undefined),
    reason: reason ?? undefined,
  }
}
