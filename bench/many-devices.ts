// Devices by the million, put into the registry as the handshake leaves them: registrations are there too.
import type { Database } from '../src/database/tx.ts'

const BATCH = 100_000

/**
 * Devices `device-<n>` of the app `default` and FCM, numbered from `from` to below `to`; with them, if asked for, the
 * registrations that proved them.
 */
export async function insertDevices(
  database: Database,
  { from = 0, to, withRegistrations = false }: { from?: number; to: number; withRegistrations?: boolean },
): Promise<void> {
  for (let begin = from; begin < to; begin += BATCH) {
    const range = [begin, Math.min(to, begin + BATCH) - 1]
    await database.execute(DEVICES, range)
    if (withRegistrations) await database.execute(REGISTRATIONS, range)
    if (to - from > BATCH) console.log(`${Math.min(to, begin + BATCH).toLocaleString('en')} devices stored`)
  }
  await database.execute('ANALYZE sendword.device')
  await database.execute('ANALYZE sendword.registration')
  await database.execute('CHECKPOINT')
}

/** As deviceToken makes them. */
const ADDRESS = `'bench' || lpad(n::text, 17, '0') || ':APA91b' || repeat('x', 134)`
/** As addressHash hashes them. */
const HASH = `sha256('fcm'::bytea || '\\x00'::bytea || convert_to(${ADDRESS}, 'UTF8'))`
const DEVICE = `('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
const REGISTRATION = `('018a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`

const DEVICES = `INSERT INTO sendword.device
    (id, app, device_id, transport, address, address_hash, state, registration_id, created_at, confirmed_at, last_seen_at,
     last_success_at, alive_at)
  SELECT ${DEVICE}, 'default', 'device-' || n, 'fcm', ${ADDRESS}, ${HASH}, 'active', ${REGISTRATION}, now(), now(), now(),
         now(), now()
    FROM generate_series($1::bigint, $2::bigint) AS n`

const REGISTRATIONS = `INSERT INTO sendword.registration
    (id, app, device, transport, address, address_hash, secret_hashes, attempts, state, created_at, registered_at, expires_at)
  SELECT d.registration_id, d.app, d.id, d.transport, d.address, d.address_hash, ARRAY[d.address_hash], 1, 'confirmed',
         d.created_at, d.created_at, d.created_at + interval '1 hour'
    FROM generate_series($1::bigint, $2::bigint) AS n JOIN sendword.device AS d ON d.id = ${DEVICE}`
