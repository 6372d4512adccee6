// Groups: making, finding and removing them, and how they are nested.
import type { Tx } from '../database/tx.ts'
import type { GroupSummary, GroupView } from '../model/group.ts'

export interface GroupRow {
  readonly id: string
  readonly name: string
}

/** Makes the group unless there is one of this name. */
export async function insertGroup(
  tx: Tx,
  { id, app, name, at }: { id: string; app: string; name: string; at: Date },
): Promise<void> {
  await tx.execute(
    'INSERT INTO sendword.device_group (id, app, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (app, name) DO NOTHING',
    [id, app, name, at],
  )
}

export async function findGroups(tx: Tx, app: string, names: readonly string[]): Promise<GroupRow[]> {
  return await tx.execute<GroupRow>(
    'SELECT id, name FROM sendword.device_group WHERE app = $1 AND name = ANY ($2::text[])',
    [app, names],
  )
}

export async function viewGroup(tx: Tx, app: string, name: string): Promise<GroupView | undefined> {
  const [row] = await tx.execute<Omit<GroupView, 'app'>>(
    `SELECT g.name, g.created_at AS "createdAt",
            (SELECT count(*)::int FROM sendword.group_device AS m WHERE m.group_id = g.id) AS devices,
            ARRAY(SELECT p.name::text FROM sendword.group_part AS n JOIN sendword.device_group AS p ON p.id = n.part
                   WHERE n.whole = g.id ORDER BY p.name) AS groups
       FROM sendword.device_group AS g WHERE g.app = $1 AND g.name = $2`,
    [app, name],
  )
  return row && { app, ...row }
}

/** By name, after the name `after`. */
export async function listGroups(
  tx: Tx,
  { app, after = '', limit }: { app: string; after: string | undefined; limit: number },
): Promise<GroupSummary[]> {
  return await tx.execute<GroupSummary>(
    `SELECT name, created_at AS "createdAt" FROM sendword.device_group
      WHERE app = $1 AND name > $2 ORDER BY name LIMIT $3`,
    [app, after, limit],
  )
}

export async function renameGroup(tx: Tx, id: string, name: string): Promise<void> {
  await tx.execute('UPDATE sendword.device_group SET name = $2 WHERE id = $1', [id, name])
}

export async function removeGroup(tx: Tx, app: string, name: string): Promise<boolean> {
  const rows = await tx.execute('DELETE FROM sendword.device_group WHERE app = $1 AND name = $2 RETURNING id', [
    app,
    name,
  ])
  return rows.length > 0
}

/** Stands for the names and the nesting of groups among our advisory locks. */
const GROUPS_LOCK = 7_300_003

/** Until the transaction ends, nobody else names groups of the app, or nests them. */
export async function lockGroups(tx: Tx, app: string): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1, hashtext($2))', [GROUPS_LOCK, app])
}

/** Makes groups part of another; answers how many were not yet. */
export async function addParts(tx: Tx, whole: string, parts: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    `INSERT INTO sendword.group_part (whole, part) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING part`,
    [whole, parts],
  )
  return rows.length
}

export async function removeParts(tx: Tx, whole: string, parts: readonly string[]): Promise<number> {
  const rows = await tx.execute(
    'DELETE FROM sendword.group_part WHERE whole = $1 AND part = ANY ($2::uuid[]) RETURNING part',
    [whole, parts],
  )
  return rows.length
}

export async function countParts(tx: Tx, whole: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(
    'SELECT count(*)::int AS count FROM sendword.group_part WHERE whole = $1',
    [whole],
  )
  return row?.count ?? 0
}

export interface Nesting {
  /** How many groups lie one within the other, this one and the longest ways out and in; more than `limit` is not counted. */
  readonly depth: number
  readonly isCircular: boolean
}

/** How a group is nested, with what it is part of and what is part of it. */
export async function measureNesting(tx: Tx, id: string, limit: number): Promise<Nesting> {
  // One level more than is allowed ends the walk, also within a circle.
  const [row] = await tx.execute<{ below: number; above: number; isCircular: boolean }>(
    `WITH RECURSIVE below AS (
       SELECT $1::uuid AS id, 0 AS level
       UNION SELECT n.part, b.level + 1 FROM below AS b JOIN sendword.group_part AS n ON n.whole = b.id WHERE b.level <= $2
     ), above AS (
       SELECT $1::uuid AS id, 0 AS level
       UNION SELECT n.whole, a.level + 1 FROM above AS a JOIN sendword.group_part AS n ON n.part = a.id WHERE a.level <= $2
     )
     SELECT (SELECT max(level) FROM below) AS below, (SELECT max(level) FROM above) AS above,
            EXISTS (SELECT 1 FROM below WHERE id = $1 AND level > 0) AS "isCircular"`,
    [id, limit],
  )
  return { depth: 1 + (row?.below ?? 0) + (row?.above ?? 0), isCircular: row?.isCircular ?? false }
}
