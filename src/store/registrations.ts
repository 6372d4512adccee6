// Registrations: claims to an address, and the hashes of the secrets that prove them.
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash } from '../model/address.ts'
import type { DeviceAttributes } from '../model/device-attributes.ts'
import { columns } from './bulk.ts'
import { registration, registrationAttempt } from './schema.ts'

export type RegistrationRow = typeof registration.$inferSelect

/** What a registration brings beside its address. */
export interface Claim {
  /** Made with the device's key, by its user, or by the server. */
  readonly authorized: boolean
  readonly userId: string | undefined
  readonly attributes: DeviceAttributes
}

export async function insertRegistration(
  tx: Tx,
  input: { id: string; app: string; device: string; address: Address; at: Date; expiresAt: Date } & Claim,
): Promise<void> {
  await tx.drizzle.insert(registration).values({
    id: input.id,
    app: input.app,
    device: input.device,
    transport: input.address.transport,
    address: input.address.value,
    addressHash: addressHash(input.address),
    secretHashes: sql`'{}'`,
    wrongGuesses: 0,
    attempts: 1,
    state: 'pending',
    awaitsApproval: false,
    createdAt: input.at,
    registeredAt: input.at,
    expiresAt: input.expiresAt,
    authorized: input.authorized,
    userId: input.userId ?? null,
    attributes: input.attributes,
  })
}

export async function findPendingRegistration(tx: Tx, deviceRow: string): Promise<RegistrationRow | undefined> {
  const rows = await tx.drizzle
    .select()
    .from(registration)
    .where(and(eq(registration.device, deviceRow), eq(registration.state, 'pending')))
  return rows[0]
}

/** The registrations that a confirmation may fit: pending and confirmed ones that have not expired, newest first. */
export async function findOpenRegistrations(tx: Tx, deviceRow: string, at: Date): Promise<RegistrationRow[]> {
  return await tx.drizzle
    .select()
    .from(registration)
    .where(
      and(
        eq(registration.device, deviceRow),
        inArray(registration.state, ['pending', 'confirmed']),
        sql`${registration.expiresAt} > ${at.toISOString()}`,
      ),
    )
    .orderBy(desc(registration.createdAt))
}

/** Another confirmation push for a pending registration; its life starts anew. */
export async function addAttempt(tx: Tx, id: string, claim: Claim & { at: Date; expiresAt: Date }): Promise<void> {
  await tx.drizzle
    .update(registration)
    .set({
      attempts: sql`${registration.attempts} + 1`,
      registeredAt: claim.at,
      expiresAt: claim.expiresAt,
      authorized: sql`${registration.authorized} OR ${claim.authorized}`,
      userId: claim.userId,
      attributes: sql`${registration.attributes} || ${JSON.stringify(claim.attributes)}::jsonb`,
    })
    .where(eq(registration.id, id))
}

export async function endRegistration(
  tx: Tx,
  id: string,
  end: { state: 'superseded' | 'expired'; reason?: string },
): Promise<void> {
  await tx.drizzle
    .update(registration)
    .set({ state: end.state, awaitsApproval: false, failedReason: end.reason ?? null })
    .where(eq(registration.id, id))
}

/** Ends registrations whose push cannot arrive, those that still are pending. */
export async function failRegistrations(
  tx: Tx,
  failed: ReadonlyArray<{ registrationId: string; reason: string }>,
): Promise<void> {
  if (failed.length === 0) return
  await tx.execute(
    `UPDATE sendword.registration AS r SET state = 'expired', failed_reason = v.reason
       FROM unnest($1::uuid[], $2::text[]) AS v (id, reason)
      WHERE r.id = v.id AND r.state = 'pending'`,
    columns(
      failed,
      (row) => row.registrationId,
      (row) => row.reason,
    ),
  )
}

export async function confirmRegistration(tx: Tx, id: string, awaitsApproval: boolean): Promise<void> {
  await tx.drizzle.update(registration).set({ state: 'confirmed', awaitsApproval }).where(eq(registration.id, id))
  await tx.drizzle.update(registrationAttempt).set({ confirmed: true }).where(eq(registrationAttempt.registration, id))
}

/** Confirmed registrations of the device other than `id` can no longer be confirmed again. */
export async function supersedeOthers(tx: Tx, deviceRow: string, id: string): Promise<void> {
  await tx.drizzle
    .update(registration)
    .set({ state: 'superseded', awaitsApproval: false })
    .where(
      and(eq(registration.device, deviceRow), eq(registration.state, 'confirmed'), sql`${registration.id} <> ${id}`),
    )
}

export async function setRegistrationKey(tx: Tx, id: string, keyHash: Buffer): Promise<void> {
  await tx.drizzle.update(registration).set({ keyHash }).where(eq(registration.id, id))
}

export async function approveRegistration(tx: Tx, id: string): Promise<void> {
  await tx.drizzle.update(registration).set({ awaitsApproval: false }).where(eq(registration.id, id))
}

export async function findHeldRegistration(tx: Tx, deviceRow: string): Promise<RegistrationRow | undefined> {
  const rows = await tx.drizzle
    .select()
    .from(registration)
    .where(and(eq(registration.device, deviceRow), eq(registration.awaitsApproval, true)))
  return rows[0]
}

/** Withdraws a confirmed registration that waits for approval. */
export async function withdrawHeld(tx: Tx, deviceRow: string): Promise<void> {
  await tx.drizzle
    .update(registration)
    .set({ state: 'superseded', awaitsApproval: false })
    .where(and(eq(registration.device, deviceRow), eq(registration.awaitsApproval, true)))
}

/** Counts a wrong guess and answers how many there are now. */
export async function countWrongGuess(tx: Tx, id: string): Promise<number> {
  const rows = await tx.drizzle
    .update(registration)
    .set({ wrongGuesses: sql`${registration.wrongGuesses} + 1` })
    .where(eq(registration.id, id))
    .returning({ wrongGuesses: registration.wrongGuesses })
  return rows[0]?.wrongGuesses ?? 0
}

export interface ConfirmationTarget {
  readonly registrationId: string
  readonly address: Address
  /** When the address was claimed, the last time. */
  readonly registeredAt: Date
  /** How often its secret was asked for. */
  readonly attempts: number
  readonly expiresAt: Date
}

/**
 * Remembers one more secret of each pending registration, and answers where to push it. A registration that is no
 * longer pending, or has expired, is missing from the answer.
 */
export async function addSecretHashes(
  tx: Tx,
  secrets: ReadonlyArray<{ registrationId: string; hash: Buffer }>,
  at: Date,
): Promise<ConfirmationTarget[]> {
  if (secrets.length === 0) return []
  const rows = await tx.execute<{
    registrationId: string
    transport: Address['transport']
    address: string
    registeredAt: Date
    attempts: number
    expiresAt: Date
  }>(
    `UPDATE sendword.registration AS r SET secret_hashes = array_append(r.secret_hashes, v.hash)
       FROM unnest($1::uuid[], $2::bytea[]) AS v (id, hash)
      WHERE r.id = v.id AND r.state = 'pending' AND r.expires_at > $3
  RETURNING r.id AS "registrationId", r.transport, r.address, r.registered_at AS "registeredAt", r.attempts,
          r.expires_at AS "expiresAt"`,
    [
      ...columns(
        secrets,
        (row) => row.registrationId,
        (row) => row.hash,
      ),
      at,
    ],
  )
  return rows.map(({ transport, address, ...row }) => ({ ...row, address: { transport, value: address } }))
}

const DAY_MS = 86_400_000

/**
 * Ends what has expired, and forgets what ended before `endedBefore`. Answers how many rows went. The last registration of
 * a device that failed goes with those, if that was in the day before `endedBefore`; later it stays until the next one.
 */
export async function sweepRegistrations(tx: Tx, at: Date, endedBefore: Date): Promise<number> {
  await tx.drizzle
    .update(registration)
    .set({ state: 'expired' })
    .where(and(eq(registration.state, 'pending'), sql`${registration.expiresAt} <= ${at.toISOString()}`))
  const devices = await tx.execute(
    `DELETE FROM sendword.device AS d
      WHERE d.state = 'pending'
        AND EXISTS (SELECT 1 FROM sendword.registration AS r WHERE r.device = d.id AND r.expires_at <= $1)
        AND NOT EXISTS (SELECT 1 FROM sendword.registration AS r
                         WHERE r.device = d.id AND (r.state IN ('pending', 'confirmed')))
  RETURNING d.id`,
    [at],
  )
  const ended = await tx.execute(
    `DELETE FROM sendword.registration AS r
      WHERE r.expires_at <= $1 AND r.state IN ('superseded', 'expired') RETURNING r.id`,
    [endedBefore],
  )
  const left = await tx.execute(
    `DELETE FROM sendword.registration AS r USING sendword.device AS d
      WHERE d.failed_at > $2 AND d.failed_at <= $1 AND d.registration_id IS NULL AND r.device = d.id
        AND r.state = 'confirmed' AND NOT r.awaits_approval AND r.expires_at <= $1
  RETURNING r.id`,
    [endedBefore, new Date(endedBefore.getTime() - DAY_MS)],
  )
  return devices.length + ended.length + left.length
}
