// Devices that are listed somewhere: members of a group, subscribers of a channel.
import type { Tx } from '../database/tx.ts'

/** Each with the column of what the devices are listed under. */
const LISTS = {
  group: { table: 'sendword.group_device', owner: 'group_id' },
  channel: { table: 'sendword.channel_device', owner: 'channel' },
} as const

export interface MemberList {
  readonly of: keyof typeof LISTS
  /** The row id of the group or channel. */
  readonly id: string
}

export interface Added {
  /** How many were not listed yet. */
  readonly added: number
  /** Device ids of which there is no device. */
  readonly unknown: readonly string[]
}

export async function addMembers(
  tx: Tx,
  { of, id }: MemberList,
  { app, deviceIds }: { app: string; deviceIds: readonly string[] },
): Promise<Added> {
  if (deviceIds.length === 0) return { added: 0, unknown: [] }
  const { table, owner } = LISTS[of]
  const [row] = await tx.execute<{ added: number; unknown: string[] }>(
    `WITH given AS (SELECT DISTINCT unnest($3::text[]) AS device_id),
          known AS (SELECT d.id, d.device_id FROM given AS g
                      JOIN sendword.device AS d ON d.app = $2 AND d.device_id = g.device_id),
          added AS (INSERT INTO ${table} (${owner}, device) SELECT $1, id FROM known ORDER BY id
                        ON CONFLICT DO NOTHING RETURNING device)
     SELECT (SELECT count(*)::int FROM added) AS added,
            ARRAY(SELECT device_id FROM given WHERE device_id NOT IN (SELECT device_id FROM known)
                   ORDER BY device_id) AS unknown`,
    [id, app, deviceIds],
  )
  return row ?? { added: 0, unknown: [] }
}

/** Answers how many were listed. */
export async function removeMembers(
  tx: Tx,
  { of, id }: MemberList,
  { app, deviceIds }: { app: string; deviceIds: readonly string[] },
): Promise<number> {
  if (deviceIds.length === 0) return 0
  const { table, owner } = LISTS[of]
  const rows = await tx.execute(
    `DELETE FROM ${table} AS m USING sendword.device AS d
      WHERE m.${owner} = $1 AND m.device = d.id AND d.app = $2 AND d.device_id = ANY ($3::text[]) RETURNING m.device`,
    [id, app, deviceIds],
  )
  return rows.length
}

export interface MemberPage {
  readonly app: string
  /** The device id that ended the page before. */
  readonly after: string | undefined
  readonly limit: number
}

/** Device ids, in the order in which the devices were made. */
export async function listMembers(
  tx: Tx,
  { of, id }: MemberList,
  { app, after, limit }: MemberPage,
): Promise<string[]> {
  const { table, owner } = LISTS[of]
  const rows = await tx.execute<{ deviceId: string }>(
    `SELECT d.device_id AS "deviceId" FROM ${table} AS m JOIN sendword.device AS d ON d.id = m.device
      WHERE m.${owner} = $1
        AND ($2::text IS NULL OR m.device > (SELECT id FROM sendword.device WHERE app = $3 AND device_id = $2))
      ORDER BY m.device LIMIT $4`,
    [id, after ?? null, app, limit],
  )
  return rows.map(({ deviceId }) => deviceId)
}
