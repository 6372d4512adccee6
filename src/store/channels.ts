// Channels: making, finding and removing them, and their content.
import type { Tx } from '../database/tx.ts'
import type { ChannelField, ChannelSummary, ChannelView } from '../model/channel.ts'
import { columns } from './bulk.ts'

export interface ChannelRow {
  readonly id: string
  readonly name: string
  readonly collapseKey: string
  readonly catchUp: boolean
}

const ROW = 'id, name, collapse_key AS "collapseKey", catch_up AS "catchUp"'

/** Stands for the names of channels among our advisory locks. */
const NAMES_LOCK = 7_300_004

/** Until the transaction ends, nobody else gives a channel of the app a name. */
export async function lockChannelNames(tx: Tx, app: string): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1, hashtext($2))', [NAMES_LOCK, app])
}

/** Makes the channel unless there is one of this name. */
export async function insertChannel(tx: Tx, input: ChannelRow & { app: string; at: Date }): Promise<void> {
  const { id, app, name, collapseKey, catchUp, at } = input
  await tx.execute(
    `INSERT INTO sendword.channel (id, app, name, collapse_key, catch_up, created_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (app, name) DO NOTHING`,
    [id, app, name, collapseKey, catchUp, at],
  )
}

export async function findChannel(tx: Tx, app: string, name: string): Promise<ChannelRow | undefined> {
  const rows = await tx.execute<ChannelRow>(`SELECT ${ROW} FROM sendword.channel WHERE app = $1 AND name = $2`, [
    app,
    name,
  ])
  return rows[0]
}

/** Locks the channel's row until the transaction ends: its content changes, and is published, one after another. */
export async function lockChannel(tx: Tx, app: string, name: string): Promise<ChannelRow | undefined> {
  const rows = await tx.execute<ChannelRow>(
    `SELECT ${ROW} FROM sendword.channel WHERE app = $1 AND name = $2 FOR NO KEY UPDATE`,
    [app, name],
  )
  return rows[0]
}

export async function updateChannel(
  tx: Tx,
  id: string,
  { name, catchUp }: { name?: string | undefined; catchUp?: boolean | undefined },
): Promise<void> {
  await tx.execute(
    'UPDATE sendword.channel SET name = coalesce($2, name), catch_up = coalesce($3, catch_up) WHERE id = $1',
    [id, name ?? null, catchUp ?? null],
  )
}

export async function removeChannel(tx: Tx, app: string, name: string): Promise<boolean> {
  const rows = await tx.execute('DELETE FROM sendword.channel WHERE app = $1 AND name = $2 RETURNING id', [app, name])
  return rows.length > 0
}

/** The channel's content, by field. */
export async function readFields(tx: Tx, id: string): Promise<Map<string, ChannelField>> {
  const rows = await tx.execute<{ name: string } & ChannelField>(
    'SELECT name, value, changed_at AS "changedAt" FROM sendword.channel_field WHERE channel = $1 ORDER BY name',
    [id],
  )
  return new Map(rows.map(({ name, value, changedAt }) => [name, { value, changedAt }]))
}

/** Sets fields and drops others, and notes that the content has changed. */
export async function changeFields(
  tx: Tx,
  id: string,
  { set, drop, at }: { set: ReadonlyArray<readonly [name: string, value: string]>; drop: readonly string[]; at: Date },
): Promise<void> {
  await tx.execute('DELETE FROM sendword.channel_field WHERE channel = $1 AND name = ANY ($2::text[])', [id, drop])
  await tx.execute(
    `INSERT INTO sendword.channel_field (channel, name, value, changed_at)
     SELECT $1, name, value, $2 FROM unnest($3::text[], $4::text[]) AS v (name, value)
     ON CONFLICT (channel, name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
    [
      id,
      at,
      ...columns(
        set,
        ([name]) => name,
        ([, value]) => value,
      ),
    ],
  )
  await tx.execute('UPDATE sendword.channel SET changed_at = $2 WHERE id = $1', [id, at])
}

type SummaryRow = ChannelRow & { createdAt: Date; changedAt: Date | null }

function toSummary({ name, collapseKey, catchUp, createdAt, changedAt }: SummaryRow): ChannelSummary {
  return { name, collapseKey, catchUp, createdAt, changedAt: changedAt ?? undefined }
}

/** By name, after the name `after`. */
export async function listChannels(
  tx: Tx,
  { app, after = '', limit }: { app: string; after: string | undefined; limit: number },
): Promise<ChannelSummary[]> {
  const rows = await tx.execute<SummaryRow>(
    `SELECT ${ROW}, created_at AS "createdAt", changed_at AS "changedAt" FROM sendword.channel
      WHERE app = $1 AND name > $2 ORDER BY name LIMIT $3`,
    [app, after, limit],
  )
  return rows.map(toSummary)
}

interface ViewRow extends SummaryRow {
  groups: string[]
  devices: number
  users: number
  messageId: string | null
  publishedAt: Date | null
}

export async function viewChannel(tx: Tx, app: string, name: string): Promise<ChannelView | undefined> {
  const [row] = await tx.execute<ViewRow>(
    `SELECT ${ROW}, created_at AS "createdAt", changed_at AS "changedAt",
            ARRAY(SELECT g.name::text FROM sendword.channel_group AS s JOIN sendword.device_group AS g ON g.id = s.group_id
                   WHERE s.channel = c.id ORDER BY g.name) AS groups,
            (SELECT count(*)::int FROM sendword.channel_device AS s WHERE s.channel = c.id) AS devices,
            (SELECT count(*)::int FROM sendword.channel_user AS s WHERE s.channel = c.id) AS users,
            latest.*
       FROM sendword.channel AS c
       LEFT JOIN LATERAL (
         SELECT m.id AS "messageId", m.accepted_at AS "publishedAt"
           FROM sendword.channel_message AS p JOIN sendword.message AS m ON m.id = p.message_id
          WHERE p.channel = c.id AND p.device IS NULL ORDER BY p.message_id DESC LIMIT 1) AS latest ON true
      WHERE c.app = $1 AND c.name = $2`,
    [app, name],
  )
  if (!row) return undefined
  const { groups, devices, users, messageId, publishedAt } = row
  const fields = Object.fromEntries(await readFields(tx, row.id))
  const lastPublished = messageId !== null && publishedAt !== null ? { messageId, at: publishedAt } : undefined
  return { app, ...toSummary(row), fields, groups, devices, users, lastPublished }
}
