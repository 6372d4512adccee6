// The first half of the handshake: a device claims an address, and a push with a secret is on its way there.
import type { Tx } from '../database/tx.ts'
import { type Address, addressHash } from '../model/address.ts'
import { isDeviceId } from '../model/device.ts'
import { InputError } from '../model/push-error.ts'
import { type DeviceRow, lockOrCreateDevice, touchDevice } from '../store/devices.ts'
import { insertAttempt } from '../store/registration-attempts.ts'
import {
  addAttempt,
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

export interface RegisterInput {
  readonly app: string
  readonly deviceId: string
  readonly address: Address
  /** The network address that the request came from. */
  readonly client: string
}

/** `refreshed`: the address is live already, nothing is sent. `pending`: a confirmation push is on its way. */
export type RegisterResult = 'refreshed' | 'pending'

export async function register(context: RegistryContext, input: RegisterInput): Promise<RegisterResult> {
  if (!isDeviceId(input.deviceId)) {
    throw new InputError('PUSH_REGISTRATION_INVALID', { detail: 'The device id must be 8 to 64 bytes of UTF-8.' })
  }
  return await context.database.transaction(async (tx) => {
    const at = new Date(context.clock.now())
    const device = await lockOrCreateDevice(tx, {
      id: uuidv7(context.clock, context.random),
      app: input.app,
      deviceId: input.deviceId,
      transport: input.address.transport,
      at,
    })
    const pending = await findPendingRegistration(tx, device.id)
    if (isLive(device, input.address)) {
      await touchDevice(tx, device.id, at)
      // The device says that its address is the one we have: any other claim is not its own.
      if (pending) await endRegistration(tx, pending.id, { state: 'superseded' })
      await withdrawHeld(tx, device.id)
      return 'refreshed'
    }
    const claim = { ...input, client: clientKey(input.client) }
    await assertRoom(context, tx, claim)
    const registration = await claimAddress(context, tx, { device, pending, address: input.address })
    await insertAttempt(tx, { id: uuidv7(context.clock, context.random), ...claim, registration, at })
    await context.queue.enqueue(tx, [
      { job: { kind: 'confirmation', app: input.app, registrationId: registration, attempts: 0, unknowns: 0 } },
    ])
    return 'pending'
  })
}

function isLive(device: DeviceRow, address: Address): boolean {
  return device.failedAt === null && device.addressHash !== null && device.addressHash.equals(addressHash(address))
}

/** Adds an attempt to the pending registration of this address, or puts a new one in the place of another's. */
async function claimAddress(
  context: RegistryContext,
  tx: Tx,
  { device, pending, address }: { device: DeviceRow; pending: RegistrationRow | undefined; address: Address },
): Promise<string> {
  const at = context.clock.now()
  const expiresAt = new Date(at + context.options.registrationTtlMs)
  const alive = pending && pending.expiresAt.getTime() > at
  if (alive && pending.addressHash.equals(addressHash(address))) {
    await addAttempt(tx, pending.id, expiresAt)
    return pending.id
  }
  if (pending) await endRegistration(tx, pending.id, { state: alive ? 'superseded' : 'expired' })
  const id = uuidv7(context.clock, context.random)
  await insertRegistration(tx, { id, app: device.app, device: device.id, address, at: new Date(at), expiresAt })
  return id
}
