// Devices in numbers, without a handshake each: for what asks of devices no more than that they are there.
import { type CoreKit, type CoreOptions, createCoreKit } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'

export async function createDirectoryKit(input: CoreOptions = {}): Promise<CoreKit> {
  return await createCoreKit({ ...input, options: { workers: false, ...input.options } })
}

/** Makes devices of the app `default` that have a live address; answers with their ids, in the order they were made. */
export async function makeDevices({ url }: Pick<CoreKit, 'url'>, prefix: string, count: number): Promise<string[]> {
  const rows = await query<{ deviceId: string }>(
    url,
    `INSERT INTO sendword.device
       (id, app, device_id, transport, address, address_hash, state, created_at, confirmed_at, last_seen_at)
     SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n + abs(hashtext($1)::bigint) * 4096), 12, '0'))::uuid, 'default',
            $1 || '-' || lpad(n::text, 6, '0'), 'c2dm', 'address-' || $1 || n,
            sha256(convert_to($1 || n, 'UTF8')), 'active', now(), now(), now()
       FROM generate_series(1, $2) AS n
     RETURNING device_id AS "deviceId"`,
    [prefix, count],
  )
  return rows.map(({ deviceId }) => deviceId)
}
