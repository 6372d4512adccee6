// The zones of single devices, where a message goes by their clocks.
import type { Tx } from '../database/tx.ts'
import { ownOrUsers } from './audience-kinds.ts'
import { columns } from './bulk.ts'

/** By the devices' row ids: what each has told, or else its user. Those of whom nothing is known are missing. */
export async function findTimeZones(tx: Tx, devices: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (devices.length === 0) return new Map()
  const rows = await tx.execute<{ id: string; timeZone: string | null }>(
    `SELECT d.id, ${ownOrUsers('time_zone')} AS "timeZone"
       FROM unnest($1::uuid[]) AS k (id) JOIN sendword.device AS d ON d.id = k.id`,
    columns(devices, (id) => id),
  )
  return new Map(rows.flatMap(({ id, timeZone }) => (timeZone === null ? [] : [[id, timeZone] as const])))
}
