// A database that has been in use for long: devices with their registrations, days of results, groups and channels.
import { utcDate } from '../../../src/store/deliveries.ts'
import { makePartitions } from '../../../src/store/partitions.ts'
import type { EngineKit } from '../../kit/engine.ts'
import { query } from '../../kit/query.ts'

const DEVICES = 40_000
/** Messages to one device a day. */
const SINGLES = 10_000

const deviceRow = (n: string) => `('01890000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const registrationRow = (n: string) => `('01880000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const messageRow = (day: number, n: string) => `('0188000${day}-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const broadcastRow = (day: number, n: string) =>
  `('0189000${day}-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
const GROUP = '01870000-0000-7000-8000-000000000001'
const CHANNEL = '01870000-0000-7000-8000-000000000002'

/** The row id of a message to an audience that ended so many days ago, at most 3. */
export function broadcastOf(daysAgo: number): string {
  return `0189000${daysAgo}-0000-7000-8000-000000000000`
}

/** Devices `device-00000` and so on, of the app `default` and C2DM. */
export function deviceIdOf(n: number): string {
  return `device-${`${n}`.padStart(5, '0')}`
}

/** The row id of a device. */
export function deviceRowOf(n: number): string {
  return `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

const STEPS: readonly string[] = [
  `INSERT INTO sendword.device
     (id, app, device_id, transport, address, address_hash, state, created_at, confirmed_at, last_seen_at, last_success_at,
      alive_at, registration_id, labels, user_id, locale, time_zone, app_version, failed_at, failed_reason)
   SELECT ${deviceRow('n')}, 'default', 'device-' || lpad(n::text, 5, '0'), 'c2dm', 'address-' || repeat('x', 120) || n,
          sha256(n::text::bytea), 'active', t.at, t.at, t.at, t.at, t.at,
          CASE WHEN n % 10 > 0 THEN ${registrationRow('n')} END, jsonb_build_object('plan', n % 3), 'user-' || n / 10,
          CASE WHEN n % 2 = 0 THEN 'pt-BR' END, 'Europe/Lisbon', '1.' || n % 7,
          CASE WHEN n % 10 = 0 THEN t.at END, CASE WHEN n % 10 = 0 THEN 'NotRegistered' END
     FROM generate_series(0, ${DEVICES - 1}) AS n, LATERAL (SELECT now() - n % 200 * interval '1 day' AS at) AS t`,
  `INSERT INTO sendword.registration
     (id, app, device, transport, address, address_hash, attempts, state, created_at, registered_at, expires_at)
   SELECT ${registrationRow('n')}, d.app, d.id, d.transport, d.address, d.address_hash, 1, 'confirmed', d.created_at,
          d.created_at, d.created_at + interval '1 hour'
     FROM generate_series(0, ${DEVICES - 1}) AS n JOIN sendword.device AS d ON d.id = ${deviceRow('n')}`,
  `INSERT INTO sendword.registration_attempt (id, app, device_id, address_hash, client, registration, requested_at, confirmed)
   SELECT r.id, r.app, d.device_id, r.address_hash, '192.0.2.' || n % 200, r.id, now() - n % 3600 * interval '1 second', true
     FROM generate_series(1, ${DEVICES * 0.4}) AS n JOIN sendword.registration AS r ON r.id = ${registrationRow('n')}
     JOIN sendword.device AS d ON d.id = r.device`,
  `INSERT INTO sendword.app_user (app, user_id, locale, time_zone, labels, created_at, updated_at)
   SELECT 'default', 'user-' || n, 'pt-BR', 'Europe/Lisbon', '{"plan": "pro"}', now(), now()
     FROM generate_series(0, ${DEVICES / 10 - 1}) AS n`,
  `INSERT INTO sendword.device_group VALUES ('${GROUP}', 'default', 'crew', now())`,
  `INSERT INTO sendword.group_device SELECT '${GROUP}', ${deviceRow('n')} FROM generate_series(1, ${DEVICES * 0.4}) AS n`,
  `INSERT INTO sendword.channel VALUES ('${CHANNEL}', 'default', 'news', 'news', true, now(), now())`,
  `INSERT INTO sendword.channel_field VALUES ('${CHANNEL}', 'headline', 'Storm', now())`,
  `INSERT INTO sendword.channel_device SELECT '${CHANNEL}', ${deviceRow('n')} FROM generate_series(${DEVICES * 0.2}, ${DEVICES * 0.8}) AS n`,
  `INSERT INTO sendword.channel_user SELECT '${CHANNEL}', 'user-' || n FROM generate_series(0, ${DEVICES / 50}) AS n`,
  `INSERT INTO sendword.channel_group VALUES ('${CHANNEL}', '${GROUP}')`,
  ...[0, 1, 2, 3].flatMap(dayAgo),
  `INSERT INTO sendword.channel_message
   SELECT '${CHANNEL}', id FROM sendword.message WHERE audience IS NOT NULL`,
]

/** Single messages, and ten broadcasts to a tenth of the devices each, the first with receipts of them all. */
function dayAgo(day: number): string[] {
  const at = `now() - interval '${day} days'`
  const on = `(${at})::date`
  return [
    `INSERT INTO sendword.message
       (id, app, audience, content, audience_size, fanned_out, released_on, accepted_at, expires_at, single_try)
     SELECT ${broadcastRow(day, 'n')}, 'default', '{"everyone": true}', '{"data": {}, "receipts": true}', ${DEVICES / 10},
            ${DEVICES / 10}, ${on}, ${at}, ${at} + interval '1 hour', false
       FROM generate_series(0, 9) AS n`,
    `INSERT INTO sendword.message
       (id, app, device, content, audience_size, released_on, accepted_at, expires_at, single_try, idempotency_key,
        request_hash)
     SELECT ${messageRow(day, 'n')}, 'default', ${deviceRow('n')}, '{"data": {}}', 1, ${on}, ${at},
            ${at} + interval '1 day', false, 'key-${day}-' || n, sha256('')
       FROM generate_series(1, ${SINGLES}) AS n`,
    `INSERT INTO sendword.delivery (released_on, message_id, device, outcome, provider_id, attempts, finished_at)
     SELECT ${on}, ${broadcastRow(day, 'n % 10')}, ${deviceRow('n')}, 'accepted', 'id', 1, ${at}
       FROM generate_series(0, ${DEVICES - 1}) AS n`,
    `INSERT INTO sendword.delivery (released_on, message_id, device, outcome, reason, attempts, finished_at)
     SELECT m.released_on, m.id, m.device, 'rejected', 'MessageTooBig', 1, m.accepted_at
       FROM sendword.message AS m WHERE m.released_on = ${on} AND m.device IS NOT NULL`,
    `INSERT INTO sendword.receipt
     SELECT released_on, message_id, device, finished_at FROM sendword.delivery
      WHERE released_on = ${on} AND outcome = 'accepted'`,
  ]
}

/** The partition of a table that holds what was released so many days ago. */
export function partitionOf(table: 'delivery' | 'receipt', daysAgo: number): string {
  return `${table}_${utcDate(dayOf(daysAgo)).replaceAll('-', '_')}`
}

function dayOf(daysAgo: number): Date {
  return new Date(Date.now() - daysAgo * 86_400_000)
}

/** Some seconds. */
export async function fillDatabase({ database, url }: Pick<EngineKit, 'database' | 'url'>): Promise<void> {
  await database.transaction((tx) => makePartitions(tx, dayOf(3), 10))
  // What PostgreSQL calls today must be what Sendword does.
  for (const step of STEPS) await query(url, `BEGIN; SET LOCAL TimeZone = 'UTC'; ${step}; COMMIT`)
  await query(url, 'VACUUM ANALYZE')
}
