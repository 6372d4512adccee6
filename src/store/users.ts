// Users: what is known of them, and which devices are theirs.
import type { Tx } from '../database/tx.ts'
import type { UserAttributes, UserView } from '../model/user.ts'

/** Puts these attributes in the place of all that was known of the user. */
export async function putUser(
  tx: Tx,
  input: { app: string; userId: string; attributes: UserAttributes; at: Date },
): Promise<void> {
  const { app, userId, attributes, at } = input
  const { locale = null, timeZone = null, labels = {} } = attributes
  await tx.execute(
    `INSERT INTO sendword.app_user (app, user_id, locale, time_zone, labels, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)
     ON CONFLICT (app, user_id) DO UPDATE
        SET locale = excluded.locale, time_zone = excluded.time_zone, labels = excluded.labels, updated_at = $6`,
    [app, userId, locale, timeZone, JSON.stringify(labels), at],
  )
}

interface UserRow {
  userId: string
  locale: string | null
  timeZone: string | null
  labels: Record<string, string> | null
  createdAt: Date | null
  updatedAt: Date | null
  devices: number
}

/** A user of whom something is known, or who has a device. */
export async function viewUser(tx: Tx, app: string, userId: string): Promise<UserView | undefined> {
  const [row] = await tx.execute<Omit<UserRow, 'userId'>>(
    `SELECT u.locale, u.time_zone AS "timeZone", u.labels, u.created_at AS "createdAt", u.updated_at AS "updatedAt",
            (SELECT count(*)::int FROM sendword.device WHERE app = $1 AND user_id = $2) AS devices
       FROM (VALUES (1)) AS one LEFT JOIN sendword.app_user AS u ON u.app = $1 AND u.user_id = $2`,
    [app, userId],
  )
  if (!row || (row.createdAt === null && row.devices === 0)) return undefined
  return toView(app, { ...row, userId })
}

/** Those of whom something is known, or who have a device, by their ids. */
export async function listUsers(
  tx: Tx,
  { app, after = '', limit }: { app: string; after: string | undefined; limit: number },
): Promise<UserView[]> {
  const rows = await tx.execute<UserRow>(
    `SELECT page.user_id AS "userId", u.locale, u.time_zone AS "timeZone", u.labels, u.created_at AS "createdAt",
            u.updated_at AS "updatedAt",
            (SELECT count(*)::int FROM sendword.device AS d WHERE d.app = $1 AND d.user_id = page.user_id) AS devices
       FROM ((SELECT user_id FROM sendword.app_user WHERE app = $1 AND user_id > $2 ORDER BY user_id LIMIT $3)
              UNION
             (SELECT DISTINCT user_id FROM sendword.device WHERE app = $1 AND user_id > $2 ORDER BY user_id LIMIT $3)
              ORDER BY user_id LIMIT $3) AS page
       LEFT JOIN sendword.app_user AS u ON u.app = $1 AND u.user_id = page.user_id
      ORDER BY page.user_id`,
    [app, after, limit],
  )
  return rows.map((row) => toView(app, row))
}

function toView(app: string, row: UserRow): UserView {
  return {
    app,
    userId: row.userId,
    locale: row.locale ?? undefined,
    timeZone: row.timeZone ?? undefined,
    labels: row.labels ?? {},
    devices: row.devices,
    createdAt: row.createdAt ?? undefined,
    updatedAt: row.updatedAt ?? undefined,
  }
}

/** Forgets the user and his subscriptions; his devices stay, and are nobody's. False when there was nothing of him. */
export async function removeUser(tx: Tx, app: string, userId: string): Promise<boolean> {
  const devices = await tx.execute(
    'UPDATE sendword.device SET user_id = NULL WHERE app = $1 AND user_id = $2 RETURNING id',
    [app, userId],
  )
  const subscriptions = await tx.execute(
    `DELETE FROM sendword.channel_user AS s USING sendword.channel AS c
      WHERE c.id = s.channel AND c.app = $1 AND s.user_id = $2 RETURNING s.channel`,
    [app, userId],
  )
  const users = await tx.execute('DELETE FROM sendword.app_user WHERE app = $1 AND user_id = $2 RETURNING user_id', [
    app,
    userId,
  ])
  return devices.length + subscriptions.length + users.length > 0
}

/** Makes the device this user's, and nobody else's. False when there is no such device. */
export async function bindDevice(tx: Tx, app: string, deviceId: string, userId: string): Promise<boolean> {
  const rows = await tx.execute(
    'UPDATE sendword.device SET user_id = $3 WHERE app = $1 AND device_id = $2 RETURNING id',
    [app, deviceId, userId],
  )
  return rows.length > 0
}

/** False when the device is not this user's. */
export async function unbindDevice(tx: Tx, app: string, deviceId: string, userId: string): Promise<boolean> {
  const rows = await tx.execute(
    'UPDATE sendword.device SET user_id = NULL WHERE app = $1 AND device_id = $2 AND user_id = $3 RETURNING id',
    [app, deviceId, userId],
  )
  return rows.length > 0
}
