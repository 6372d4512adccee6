// Confirmation pushes that were asked for: what the limits count.
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash } from '../model/address.ts'
import { registrationAttempt } from './schema.ts'

export interface AttemptCounts {
  /** When the attempt that must leave the window first was made; undefined while there is room. */
  readonly device: Date | undefined
  readonly address: Date | undefined
  readonly client: Date | undefined
}

export async function insertAttempt(
  tx: Tx,
  input: {
    id: string
    app: string
    deviceId: string
    address: Address
    client: string
    registration: string
    at: Date
  },
): Promise<void> {
  await tx.drizzle.insert(registrationAttempt).values({
    id: input.id,
    app: input.app,
    deviceId: input.deviceId,
    addressHash: addressHash(input.address),
    client: input.client,
    registration: input.registration,
    requestedAt: input.at,
    confirmed: false,
  })
}

/** With its 32-bit keys, PostgreSQL keeps these locks apart from all others of ours. */
const ADDRESS_LOCKS = 7_310_308

/**
 * Lets one transaction after the other ask for a push to this address, whatever devices they are about: those that are
 * under way at once would not see each other.
 */
export async function lockAddressAttempts(tx: Tx, address: Address): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1::int, $2::int)', [
    ADDRESS_LOCKS,
    addressHash(address).readInt32BE(),
  ])
}

/** For each limit, the newest-but-(limit − 1) attempt since `since`: once it is there, the limit is reached. */
export async function findBlockingAttempts(
  tx: Tx,
  input: {
    app: string
    deviceId: string
    address: Address
    client: string
    since: Date
    limits: { perDevice: number; perAddress: number; perClient: number }
  },
): Promise<AttemptCounts> {
  const nth = 'ORDER BY requested_at DESC LIMIT 1 OFFSET'
  const rows = await tx.execute<{ device: Date | null; address: Date | null; client: Date | null }>(
    `SELECT (SELECT requested_at FROM sendword.registration_attempt
              WHERE app = $1 AND device_id = $2 AND requested_at > $5 ${nth} $6::int - 1) AS device,
            (SELECT requested_at FROM sendword.registration_attempt
              WHERE app = $1 AND address_hash = $3 AND requested_at > $5 ${nth} $7::int - 1) AS address,
            (SELECT requested_at FROM sendword.registration_attempt
              WHERE client = $4 AND NOT confirmed AND requested_at > $5 ${nth} $8::int - 1) AS client`,
    [
      input.app,
      input.deviceId,
      addressHash(input.address),
      input.client,
      input.since,
      input.limits.perDevice,
      input.limits.perAddress,
      input.limits.perClient,
    ],
  )
  const row = rows[0]
  return { device: row?.device ?? undefined, address: row?.address ?? undefined, client: row?.client ?? undefined }
}

export async function sweepAttempts(tx: Tx, before: Date): Promise<number> {
  const rows = await tx.execute('DELETE FROM sendword.registration_attempt WHERE requested_at <= $1 RETURNING id', [
    before,
  ])
  return rows.length
}
