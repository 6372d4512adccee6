// The first half of the handshake: a device claims an address, and a push with a secret is on its way there.
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash } from '../model/address.ts'
import { assertAddress } from '../model/address-rules.ts'
import { isDeviceId } from '../model/device.ts'
import { checkAttributes, type DeviceAttributes } from '../model/device-attributes.ts'
import { isDeviceKey } from '../model/device-key.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { type DeviceRow, lockOrCreateDevice, touchDevice, updateProfile } from '../store/devices.ts'
import { insertAttempt } from '../store/registration-attempts.ts'
import {
  addAttempt,
  type Claim,
  endRegistration,
  findPendingRegistration,
  insertRegistration,
  type RegistrationRow,
  withdrawHeld,
} from '../store/registrations.ts'
import { uuidv7 } from '../util/ids.ts'
import { clientKey } from './client-key.ts'
import type { RegistryContext } from './context.ts'
import { assertRoom } from './limits.ts'

/**
 * How a registration came: `seed`, through the doors of django-c2dm, which can carry no key; `json`, through the JSON
 * door; `server`, from the application's own server, which needs no key.
 */
export type RegistrationDoor = 'seed' | 'json' | 'server'

export interface RegisterInput {
  readonly app: string
  readonly deviceId: string
  readonly address: Address
  readonly door: RegistrationDoor
  /** The network address that the request came from. */
  readonly client: string
  readonly deviceKey?: string | undefined
  /** The device's user, as an identity token or the server says. */
  readonly userId?: string | undefined
  readonly attributes?: DeviceAttributes | undefined
}

/** `refreshed`: the address is live already, nothing is sent. `pending`: a confirmation push is on its way. */
export type RegisterResult = 'refreshed' | 'pending'

export async function register(context: RegistryContext, input: RegisterInput): Promise<RegisterResult> {
  if (!isDeviceId(input.deviceId)) {
    throw new InputError('PUSH_REGISTRATION_INVALID', { detail: 'The device id must be 8 to 64 bytes of UTF-8.' })
  }
  assertAddress(input.address)
  const attributes = checkAttributes(input.attributes ?? {})
  return await context.database.transaction(async (tx) => {
    const device = await lockOrCreateDevice(tx, {
      id: uuidv7(context.clock, context.random),
      app: input.app,
      deviceId: input.deviceId,
      transport: input.address.transport,
      at: new Date(context.clock.now()),
    })
    const claim = { authorized: assertMayClaim(device, input), userId: input.userId, attributes }
    const pending = await findPendingRegistration(tx, device.id)
    if (isLive(device, input.address) && !needsNewKey(device, input)) {
      await refresh(context, tx, { device, pending, claim })
      return 'refreshed'
    }
    await startHandshake(context, tx, { device, pending, claim, input })
    return 'pending'
  })
}

/**
 * Answers whether the claim comes from who may replace the live address: the holder of the key, the device's user, the
 * server. Throws StateError when nobody else may.
 */
function assertMayClaim(device: DeviceRow, { door, deviceKey, userId, address }: RegisterInput): boolean {
  if (door === 'server' || isDeviceKey(deviceKey, device.keyHash)) return true
  if (userId !== undefined && userId === device.userId) return true
  if (device.keyHash === null) return false
  if (door === 'seed') throw new StateError('PUSH_DEVICE_HOLDS_KEY')
  const replaces = device.addressHash !== null && device.failedAt === null && !isLive(device, address)
  if (replaces) throw new StateError('PUSH_DEVICE_KEY_REQUIRED')
  return false
}

function isLive(device: DeviceRow, address: Address): boolean {
  return device.failedAt === null && device.addressHash !== null && device.addressHash.equals(addressHash(address))
}

/** A device that comes through the JSON door without its key has none or lost it; the handshake gives it one. */
function needsNewKey(device: DeviceRow, { door, deviceKey }: RegisterInput): boolean {
  return door === 'json' && !isDeviceKey(deviceKey, device.keyHash)
}

interface Standing {
  readonly device: DeviceRow
  readonly pending: RegistrationRow | undefined
  readonly claim: Claim
}

async function refresh(context: RegistryContext, tx: Tx, { device, pending, claim }: Standing): Promise<void> {
  await touchDevice(tx, device.id, new Date(context.clock.now()))
  if (claim.authorized) await updateProfile(tx, device.id, claim)
  // The device says that its address is the one we have: any other claim is not its own.
  if (pending) await endRegistration(tx, pending.id, { state: 'superseded' })
  await withdrawHeld(tx, device.id)
}

async function startHandshake(
  context: RegistryContext,
  tx: Tx,
  { input, ...standing }: Standing & { input: RegisterInput },
): Promise<void> {
  const { app, deviceId, address } = input
  const asked = { app, deviceId, address, client: clientKey(input.client) }
  // The server is trusted with its own devices; it has no client behind it to be counted.
  if (input.door !== 'server') await assertRoom(context, tx, asked)
  const { registration, attempt } = await claimAddress(context, tx, { ...standing, address })
  const at = new Date(context.clock.now())
  if (input.door !== 'server') {
    await insertAttempt(tx, { id: uuidv7(context.clock, context.random), ...asked, registration, at })
  }
  await context.queue.enqueue(tx, [
    { job: { kind: 'confirmation', app, registrationId: registration, attempt, attempts: 0, unknowns: 0 } },
  ])
}

interface Claimed {
  readonly registration: string
  /** How often its secret was asked for. */
  readonly attempt: number
}

/** Adds an attempt to the pending registration of this address, or puts a new one in the place of another's. */
async function claimAddress(
  context: RegistryContext,
  tx: Tx,
  { device, pending, claim, address }: Standing & { address: Address },
): Promise<Claimed> {
  const at = context.clock.now()
  const expiresAt = new Date(at + context.options.registrationTtlMs)
  const alive = pending && pending.expiresAt.getTime() > at
  if (alive && pending.addressHash.equals(addressHash(address))) {
    await addAttempt(tx, pending.id, { ...claim, at: new Date(at), expiresAt })
    return { registration: pending.id, attempt: pending.attempts + 1 }
  }
  if (pending) await endRegistration(tx, pending.id, { state: alive ? 'superseded' : 'expired' })
  const id = uuidv7(context.clock, context.random)
  const { app, id: row } = device
  await insertRegistration(tx, { id, app, device: row, address, at: new Date(at), expiresAt, ...claim })
  return { registration: id, attempt: 1 }
}
