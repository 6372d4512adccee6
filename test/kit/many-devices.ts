// Devices that are registered already, of the app `default` and C2DM, each with its virtual counterpart.
import type { Emulator, VirtualDevice } from '../../src/emulator/create-emulator.ts'
import { addressHash } from '../../src/model/address.ts'
import { systemClock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { systemRandom } from '../../src/util/random.ts'
import { query } from './query.ts'

/** By device id: `device-00000` and so on. */
export async function manyDevices(
  { emulator, url }: { readonly emulator: Emulator; readonly url: string },
  count: number,
): Promise<ReadonlyMap<string, VirtualDevice>> {
  const entries = Array.from({ length: count }, (_, n) => {
    return [`device-${`${n}`.padStart(5, '0')}`, emulator.devices.create()] as const
  })
  const addresses = entries.map(([, { registrationId }]) => registrationId)
  await query(
    url,
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
     SELECT id, 'default', device_id, 'c2dm', address, hash, 'active', now(), now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS v (id, device_id, address, hash)`,
    [
      entries.map(() => uuidv7(systemClock, systemRandom)),
      entries.map(([deviceId]) => deviceId),
      addresses,
      addresses.map((value) => addressHash({ transport: 'c2dm', value })),
    ],
  )
  return new Map(entries)
}
