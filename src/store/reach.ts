// Whom groups and channels reach, as SQL that pages through devices in the order of their row ids: each way to be
// reached is read no further than the page goes, however many there are.

/** Placeholders of a statement's parameters. */
export interface ReachPlaces {
  readonly app: string
  /** The row id that the page begins after. */
  readonly after: string
  readonly limit: string
}

/** Groups, and all that are part of them at any depth. @param these Selects row ids of groups, as `id`. */
function inside(these: string): string {
  return `WITH RECURSIVE inside AS (
      ${these}
      UNION SELECT n.part FROM inside AS i JOIN sendword.group_part AS n ON n.whole = i.id
    ) SELECT id FROM inside`
}

/** Selects `id`, once each. @param these Selects row ids of groups, as `id`. */
export function membersOfGroups(these: string, { after, limit }: Pick<ReachPlaces, 'after' | 'limit'>): string {
  return `SELECT DISTINCT each.id FROM (${inside(these)}) AS g
    CROSS JOIN LATERAL (
      SELECT m.device AS id FROM sendword.group_device AS m
       WHERE m.group_id = g.id AND m.device > ${after}::uuid ORDER BY m.device LIMIT ${limit}
    ) AS each ORDER BY id LIMIT ${limit}`
}

/** Selects `id`, once each. @param channel The placeholder of its row id. */
export function reachedByChannel(channel: string, places: ReachPlaces): string {
  const { app, after, limit } = places
  const groups = `SELECT group_id AS id FROM sendword.channel_group WHERE channel = ${channel}::uuid`
  return `SELECT id FROM (
      (SELECT device AS id FROM sendword.channel_device
        WHERE channel = ${channel}::uuid AND device > ${after}::uuid ORDER BY device LIMIT ${limit})
      UNION
      (${membersOfGroups(groups, places)})
      UNION
      (SELECT d.id FROM sendword.channel_user AS u
         JOIN sendword.device AS d ON d.app = ${app} AND d.user_id = u.user_id
        WHERE u.channel = ${channel}::uuid AND d.id > ${after}::uuid ORDER BY d.id LIMIT ${limit})
    ) AS reached ORDER BY id LIMIT ${limit}`
}

/** Selects `channel`, the row ids of those that reach one device, also of other apps. @param device Its placeholder. */
export function channelsOfDevice(device: string): string {
  return `WITH RECURSIVE around AS (
      SELECT m.group_id AS id FROM sendword.group_device AS m WHERE m.device = ${device}
      UNION SELECT n.whole FROM around AS a JOIN sendword.group_part AS n ON n.part = a.id
    )
    SELECT s.channel FROM sendword.channel_device AS s WHERE s.device = ${device}
    UNION SELECT s.channel FROM sendword.device AS d JOIN sendword.channel_user AS s ON s.user_id = d.user_id
           WHERE d.id = ${device}
    UNION SELECT s.channel FROM around JOIN sendword.channel_group AS s ON s.group_id = around.id`
}
