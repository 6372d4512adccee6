// Devices: finding, listing, removing, and what a registration or a confirmation changes about them.

import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash, type TransportName } from '../model/address.ts'
import type { DeviceView } from '../model/device.ts'
import type { DeviceAttributes } from '../model/device-attributes.ts'
import { isAnyGiven } from '../util/given.ts'
import { columns } from './bulk.ts'
import { delivery, device } from './schema.ts'

export type DeviceRow = typeof device.$inferSelect

async function findDevice(tx: Tx, app: string, deviceId: string): Promise<DeviceRow | undefined> {
  const rows = await tx.drizzle
    .select()
    .from(device)
    .where(and(eq(device.app, app), eq(device.deviceId, deviceId)))
  return rows[0]
}

/** Locks the device's row until the transaction ends: changes to one device happen one after another. */
export async function lockDevice(tx: Tx, app: string, deviceId: string): Promise<DeviceRow | undefined> {
  const rows = await tx.drizzle
    .select()
    .from(device)
    .where(and(eq(device.app, app), eq(device.deviceId, deviceId)))
    .for('update')
  return rows[0]
}

/** Makes the device, without an address, unless it is there; then locks it. */
export async function lockOrCreateDevice(
  tx: Tx,
  input: { id: string; app: string; deviceId: string; transport: TransportName; at: Date },
): Promise<DeviceRow> {
  for (;;) {
    await tx.drizzle
      .insert(device)
      .values({
        id: input.id,
        app: input.app,
        deviceId: input.deviceId,
        transport: input.transport,
        state: 'pending',
        createdAt: input.at,
        lastSeenAt: input.at,
        aliveAt: input.at,
        labels: {},
      })
      .onConflictDoNothing({ target: [device.app, device.deviceId] })
    const row = await lockDevice(tx, input.app, input.deviceId)
    // None only when the device was removed between the two statements.
    if (row) return row
  }
}

export async function touchDevice(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.drizzle.update(device).set({ lastSeenAt: at }).where(eq(device.id, id))
}

/** What is known of a device beside its address; what is undefined stays as it was. */
export interface DeviceProfile {
  readonly userId?: string | undefined
  readonly attributes: DeviceAttributes
}

export async function updateProfile(tx: Tx, id: string, { userId, attributes }: DeviceProfile): Promise<void> {
  const { locale, timeZone, appVersion, labels } = attributes
  // Drizzle leaves out what is undefined, and refuses to set nothing at all.
  const change = { userId, locale, timeZone, appVersion, labels }
  if (!isAnyGiven(change)) return
  await tx.drizzle.update(device).set(change).where(eq(device.id, id))
}

export async function setDeviceKey(tx: Tx, id: string, keyHash: Buffer): Promise<void> {
  await tx.drizzle.update(device).set({ keyHash }).where(eq(device.id, id))
}

/** Puts a proven address in the place of the old one and clears `failed`. */
export async function setLiveAddress(
  tx: Tx,
  input: { id: string; address: Address; registrationId: string; keyHash: Buffer | null; at: Date },
): Promise<void> {
  await tx.drizzle
    .update(device)
    .set({
      transport: input.address.transport,
      address: input.address.value,
      addressHash: addressHash(input.address),
      state: 'active',
      failedReason: null,
      failedAt: null,
      registrationId: input.registrationId,
      confirmedAt: input.at,
      lastSeenAt: input.at,
      keyHash: input.keyHash,
    })
    .where(eq(device.id, input.id))
}

/** Takes the address from every other device of the app; they count as failed. Answers with their device ids. */
export async function takeAddress(
  tx: Tx,
  input: { app: string; address: Address; id: string; at: Date },
): Promise<string[]> {
  const rows = await tx.drizzle
    .update(device)
    .set({ address: null, addressHash: null, registrationId: null, failedReason: 'AddressTaken', failedAt: input.at })
    .where(
      and(
        eq(device.app, input.app),
        eq(device.addressHash, addressHash(input.address)),
        sql`${device.id} <> ${input.id}`,
      ),
    )
    .returning({ deviceId: device.deviceId })
  return rows.map((row) => row.deviceId)
}

export async function removeDevice(tx: Tx, app: string, deviceId: string): Promise<boolean> {
  const rows = await tx.drizzle
    .delete(device)
    .where(and(eq(device.app, app), eq(device.deviceId, deviceId)))
    .returning({ id: device.id })
  return rows.length > 0
}

const lastMessageAt = sql<Date | null>`(
  SELECT ${delivery.finishedAt} FROM ${delivery}
   WHERE ${delivery.device} = ${device.id} AND ${delivery.outcome} = 'accepted'
   ORDER BY ${delivery.messageId} DESC LIMIT 1)`

export async function viewDevice(tx: Tx, app: string, deviceId: string): Promise<DeviceView | undefined> {
  const rows = await tx.drizzle
    .select({ row: device, lastMessageAt })
    .from(device)
    .where(and(eq(device.app, app), eq(device.deviceId, deviceId)))
  return rows[0] && toView(rows[0].row, rows[0].lastMessageAt)
}

/**
 * Devices, of one user or of all, in the order they were made, after the device named by `after` (a device id), at
 * most `limit`.
 */
export async function listDevices(
  tx: Tx,
  input: { app: string; userId?: string; after: string | undefined; limit: number },
): Promise<DeviceView[]> {
  const after = input.after === undefined ? undefined : await findDevice(tx, input.app, input.after)
  if (input.after !== undefined && !after) return []
  const rows = await tx.drizzle
    .select({ row: device, lastMessageAt })
    .from(device)
    .where(
      and(
        eq(device.app, input.app),
        input.userId === undefined ? undefined : eq(device.userId, input.userId),
        after && gt(device.id, after.id),
      ),
    )
    .orderBy(asc(device.id))
    .limit(input.limit)
  return rows.map(({ row, lastMessageAt }) => toView(row, lastMessageAt))
}

function toView(row: DeviceRow, lastMessageAt: Date | string | null): DeviceView {
  return {
    deviceId: row.deviceId,
    app: row.app,
    transport: row.transport,
    state: row.state,
    failed: row.failedAt !== null,
    failedReason: row.failedReason ?? undefined,
    failedAt: row.failedAt ?? undefined,
    userId: row.userId ?? undefined,
    locale: row.locale ?? undefined,
    timeZone: row.timeZone ?? undefined,
    appVersion: row.appVersion ?? undefined,
    labels: row.labels,
    createdAt: row.createdAt,
    confirmedAt: row.confirmedAt ?? undefined,
    lastSeenAt: row.lastSeenAt,
    lastMessageAt: lastMessageAt === null ? undefined : new Date(lastMessageAt),
  }
}

export interface SendTarget {
  readonly id: string
  readonly app: string
  readonly deviceId: string
  readonly transport: TransportName
  readonly state: DeviceRow['state']
  readonly failedReason: string | null
  readonly failedAt: Date | null
}

/** What accepting needs to know of devices, for many at once; unknown ones are missing from the answer. */
export async function findSendTargets(
  tx: Tx,
  keys: ReadonlyArray<{ app: string; deviceId: string }>,
): Promise<SendTarget[]> {
  return await tx.execute<SendTarget>(
    `SELECT d.id, d.app, d.device_id AS "deviceId", d.transport, d.state,
            d.failed_reason AS "failedReason", d.failed_at AS "failedAt"
       FROM unnest($1::text[], $2::text[]) AS k (app, device_id)
       JOIN sendword.device AS d ON d.app = k.app AND d.device_id = k.device_id`,
    columns(
      keys,
      (key) => key.app,
      (key) => key.deviceId,
    ),
  )
}
