// A fleet of devices in the database alone, too many for virtual ones.
import { query } from './query.ts'

/** Devices `device-0`, `device-1` and so on, of the app `default` and FCM, in the order of their row ids. */
export async function insertFleet(url: string, count: number): Promise<void> {
  await query(
    url,
    `INSERT INTO sendword.device
       (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at, labels, user_id)
     SELECT ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'default', 'device-' || n, 'fcm',
            'address-' || n, sha256(n::text::bytea), 'active', now(), now(), '{"plan": "pro"}', 'user-' || n / 10
       FROM generate_series(0, $1 - 1) AS n`,
    [count],
  )
  await query(url, 'ANALYZE sendword.device')
}
