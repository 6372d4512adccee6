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

/**
 * Whether a channel reaches one device. @param channel The column of its row id. @param device The placeholder of the
 * device's.
 */
export function channelReachesDevice(channel: string, device: string): string {
  return `(
    EXISTS (SELECT 1 FROM sendword.channel_device AS s WHERE s.channel = ${channel} AND s.device = ${device})
    OR EXISTS (SELECT 1 FROM sendword.channel_user AS s JOIN sendword.device AS o ON o.user_id = s.user_id
                WHERE s.channel = ${channel} AND o.id = ${device})
    OR EXISTS (
      WITH RECURSIVE around AS (
        SELECT m.group_id AS id FROM sendword.group_device AS m WHERE m.device = ${device}
        UNION SELECT n.whole FROM around AS a JOIN sendword.group_part AS n ON n.part = a.id
      ) SELECT 1 FROM around JOIN sendword.channel_group AS s ON s.group_id = around.id WHERE s.channel = ${channel}))`
}
