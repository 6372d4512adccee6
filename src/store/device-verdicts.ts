// What the verdicts of push services change about devices: an address is dead, is another now, or still works.
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash, type TransportName } from '../model/address.ts'
import { STALE } from '../model/device.ts'
import { columns } from './bulk.ts'
import { takeAddress } from './devices.ts'

export interface DeadAddress {
  readonly device: string
  /** The address value that the push service called dead. */
  readonly address: Address
  readonly reason: string
}

/** Marks devices failed, but only those whose live address is still the one that was found dead. */
export async function failDevices(
  tx: Tx,
  dead: readonly DeadAddress[],
  at: Date,
): Promise<Array<{ app: string; deviceId: string; reason: string }>> {
  if (dead.length === 0) return []
  return await tx.execute(
    `UPDATE sendword.device AS d
        SET failed_reason = v.reason, failed_at = $4, registration_id = NULL
       FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS v (id, address_hash, reason)
      WHERE d.id = v.id AND d.address_hash = v.address_hash AND d.failed_at IS NULL
  RETURNING d.app, d.device_id AS "deviceId", d.failed_reason AS reason`,
    [
      ...columns(
        dead,
        (row) => row.device,
        (row) => addressHash(row.address),
        (row) => row.reason,
      ),
      at,
    ],
  )
}

/**
 * Takes back what push services' verdicts did to an app's devices since a time: those that still are failed for that
 * are live again. Answers how many there were.
 */
export async function restoreDevices(
  tx: Tx,
  { app, transport, since }: { app: string; transport: TransportName; since: Date },
): Promise<number> {
  const rows = await tx.execute(
    `UPDATE sendword.device AS d
        SET failed_reason = NULL, failed_at = NULL,
            registration_id = (SELECT r.id FROM sendword.registration AS r
                                WHERE r.device = d.id AND r.address_hash = d.address_hash AND r.state = 'confirmed'
                                  AND NOT r.awaits_approval
                                ORDER BY r.created_at DESC LIMIT 1)
      WHERE d.app = $1 AND d.transport = $2 AND d.failed_at >= $3
        AND d.address IS NOT NULL AND d.failed_reason <> $4
  RETURNING d.id`,
    [app, transport, since, STALE],
  )
  return rows.length
}

export interface ReplacedAddress {
  readonly app: string
  readonly device: string
  /** The address that was sent to. */
  readonly from: Address
  /** What the push service says it is now. */
  readonly to: Address
}

export interface Replacement {
  readonly app: string
  readonly deviceId: string
  /** Devices that held the new address until now. */
  readonly takenFrom: readonly string[]
}

/** Puts the new address in the place of the old one, if that is live still. */
export async function replaceAddress(
  tx: Tx,
  { app, device, from, to }: ReplacedAddress,
  at: Date,
): Promise<Replacement | undefined> {
  const [row] = await tx.execute<{ deviceId: string }>(
    `SELECT device_id AS "deviceId" FROM sendword.device
      WHERE id = $1 AND address_hash = $2 AND failed_at IS NULL FOR UPDATE`,
    [device, addressHash(from)],
  )
  if (!row) return undefined
  const takenFrom = await takeAddress(tx, { app, address: to, id: device, at })
  await tx.execute('UPDATE sendword.device SET address = $2, address_hash = $3 WHERE id = $1', [
    device,
    to.value,
    addressHash(to),
  ])
  return { app, deviceId: row.deviceId, takenFrom }
}

/**
 * How exactly it is known when a push service last took a message for a device: to a month, since noting it costs more
 * than writing a result. Whoever judges by it adds as much.
 */
export const SUCCESS_NOTED_EVERY_MS = 30 * 86_400_000

/** Notes that push services took messages for these devices. One that another process is changing now is left out. */
export async function noteSuccesses(tx: Tx, devices: readonly string[], at: Date): Promise<void> {
  if (devices.length === 0) return
  await tx.execute(
    `UPDATE sendword.device AS d SET last_success_at = $2
       FROM (SELECT id FROM sendword.device
              WHERE id = ANY ($1::uuid[]) AND (last_success_at IS NULL OR last_success_at <= $3)
                FOR NO KEY UPDATE SKIP LOCKED) AS due
      WHERE d.id = due.id`,
    [devices, at, new Date(at.getTime() - SUCCESS_NOTED_EVERY_MS)],
  )
}
