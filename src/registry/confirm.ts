// The second half of the handshake: the device echoes a secret that was pushed to the address, and only now does the
// address take the place of the old one.
import { timingSafeEqual } from 'node:crypto'
import type { Tx } from '../database/tx.ts'
import { hashConfirmationToken } from '../model/confirmation-token.ts'
import { hashDeviceKey, makeDeviceKey } from '../model/device-key.ts'
import type { SendwordEvent } from '../model/event.ts'
import { StateError } from '../model/push-error.ts'
import {
  type DeviceRow,
  lockDevice,
  setDeviceKey,
  setLiveAddress,
  takeAddress,
  touchDevice,
  updateProfile,
} from '../store/devices.ts'
import {
  approveRegistration,
  confirmRegistration,
  countWrongGuess,
  endRegistration,
  findHeldRegistration,
  findOpenRegistrations,
  type RegistrationRow,
  setRegistrationKey,
  supersedeOthers,
} from '../store/registrations.ts'
import { uuidv7 } from '../util/ids.ts'
import type { RegistryContext } from './context.ts'

export interface ConfirmInput {
  readonly app: string
  readonly deviceId: string
  readonly confirmationToken: string
  /** The seed's door can give out no key, and therefore serves no device that holds one. */
  readonly door: 'seed' | 'json'
}

export interface Confirmation {
  /** Through the JSON door: the key that this device proves itself with from now on; an earlier one is void. */
  readonly deviceKey: string | undefined
}

/** A refusal is a value inside the transaction: the wrong guess that it counts must be committed. */
type Verdict =
  | { readonly refused: true }
  | { readonly refused: false; readonly events: readonly SendwordEvent[]; readonly deviceKey: string | undefined }

const REFUSED: Verdict = { refused: true }

/**
 * Throws StateError PUSH_CONFIRMATION_REFUSED, the same for every reason, so that an attacker learns nothing from it;
 * and PUSH_DEVICE_HOLDS_KEY at the seed's door.
 */
export async function confirm(context: RegistryContext, input: ConfirmInput): Promise<Confirmation> {
  const verdict = await context.database.transaction(async (tx) => {
    const judged = await judge(context, tx, input)
    if (!judged.refused) await context.announcer?.announce(tx, judged.events)
    return judged
  })
  if (verdict.refused) throw new StateError('PUSH_CONFIRMATION_REFUSED')
  for (const event of verdict.events) context.raise(event)
  return { deviceKey: verdict.deviceKey }
}

async function judge(context: RegistryContext, tx: Tx, input: ConfirmInput): Promise<Verdict> {
  const device = await lockDevice(tx, input.app, input.deviceId)
  if (!device) return REFUSED
  if (input.door === 'seed' && device.keyHash !== null) throw new StateError('PUSH_DEVICE_HOLDS_KEY')
  const open = await findOpenRegistrations(tx, device.id, new Date(context.clock.now()))
  const match = open.find((registration) => matches(registration, input.confirmationToken))
  if (!match) {
    await chargeWrongGuess(context, tx, open)
    return REFUSED
  }
  const deviceKey = input.door === 'json' ? makeDeviceKey(context.random) : undefined
  if (match.state === 'pending') {
    const registration = { ...match, keyHash: deviceKey === undefined ? null : hashDeviceKey(deviceKey) }
    return { refused: false, events: await applyConfirmation(context, tx, device, registration), deviceKey }
  }
  // The first reply may have been lost: the same answer again, while that registration still is the one in force.
  if (match.id !== device.registrationId && !match.awaitsApproval) return REFUSED
  await touchDevice(tx, device.id, new Date(context.clock.now()))
  if (deviceKey !== undefined) await replaceKey(tx, device, match, hashDeviceKey(deviceKey))
  return { refused: false, events: [], deviceKey }
}

/** The reply with the first key may have been lost: the newest key counts, for a held registration once it is approved. */
async function replaceKey(tx: Tx, device: DeviceRow, registration: RegistrationRow, keyHash: Buffer): Promise<void> {
  await setRegistrationKey(tx, registration.id, keyHash)
  if (!registration.awaitsApproval) await setDeviceKey(tx, device.id, keyHash)
}

function matches(registration: RegistrationRow, token: string): boolean {
  const hash = hashConfirmationToken(token)
  let found = false
  // Every hash is compared, so that the time taken tells nothing about which one came close.
  for (const known of registration.secretHashes) if (timingSafeEqual(known, hash)) found = true
  return found
}

async function chargeWrongGuess(context: RegistryContext, tx: Tx, open: readonly RegistrationRow[]): Promise<void> {
  const pending = open.find((registration) => registration.state === 'pending')
  if (!pending) return
  const guesses = await countWrongGuess(tx, pending.id)
  if (guesses < context.options.maxWrongGuesses) return
  await endRegistration(tx, pending.id, { state: 'expired', reason: 'TooManyWrongGuesses' })
  context.logger.warn('A registration ended after too many wrong confirmation tokens.', {
    app: pending.app,
    registration: pending.id,
  })
}

async function applyConfirmation(
  context: RegistryContext,
  tx: Tx,
  device: DeviceRow,
  registration: RegistrationRow,
): Promise<readonly SendwordEvent[]> {
  if (registration.keyHash) await setRegistrationKey(tx, registration.id, registration.keyHash)
  const replaces = replacesLiveAddress(device, registration)
  const held = replaces && context.options.approveReplacement && !registration.authorized
  if (held) {
    const earlier = await findHeldRegistration(tx, device.id)
    if (earlier) await endRegistration(tx, earlier.id, { state: 'superseded' })
    await confirmRegistration(tx, registration.id, true)
    return [{ type: 'device.approval-needed', app: device.app, deviceId: device.deviceId }]
  }
  await confirmRegistration(tx, registration.id, false)
  return await putInForce(context, tx, device, registration)
}

function replacesLiveAddress(device: DeviceRow, registration: RegistrationRow): boolean {
  return device.addressHash !== null && device.failedAt === null && !device.addressHash.equals(registration.addressHash)
}

/** Makes a confirmed registration's address the device's live one. */
async function putInForce(
  context: RegistryContext,
  tx: Tx,
  device: DeviceRow,
  registration: RegistrationRow,
): Promise<SendwordEvent[]> {
  const at = new Date(context.clock.now())
  const address = { transport: registration.transport, value: registration.address }
  const who = { app: device.app, deviceId: device.deviceId }
  const taken = await takeAddress(tx, { app: device.app, address, id: device.id, at })
  await supersedeOthers(tx, device.id, registration.id)
  const { keyHash, attributes } = registration
  await setLiveAddress(tx, { id: device.id, address, registrationId: registration.id, keyHash, at })
  await updateProfile(tx, device.id, { userId: registration.userId ?? undefined, attributes })
  const couldBeReached = device.state === 'active' && device.address !== null && device.failedAt === null
  await context.onLive?.(tx, { id: device.id, ...who, couldBeReached })
  const events: SendwordEvent[] = taken.map((deviceId) => ({ type: 'device.address-taken', app: device.app, deviceId }))
  if (!replacesLiveAddress(device, registration)) return [...events, { type: 'device.confirmed', ...who }]
  if (!registration.authorized) await notifyReplaced(context, tx, device)
  return [...events, { type: 'device.replaced', ...who }]
}

/** Tells the address that lost its place, so that a device whose id was used by somebody else notices. */
async function notifyReplaced(context: RegistryContext, tx: Tx, device: DeviceRow): Promise<void> {
  if (device.address === null) return
  await context.queue.enqueue(tx, [
    {
      job: {
        kind: 'notice',
        app: device.app,
        id: uuidv7(context.clock, context.random),
        address: { transport: device.transport, value: device.address },
        expiresAt: context.clock.now() + context.options.registrationTtlMs,
        attempts: 0,
        unknowns: 0,
      },
    },
  ])
}

/** Puts a replacement in force that waits for approval. Throws PUSH_DEVICE_UNKNOWN or PUSH_REGISTRATION_NOT_HELD. */
export async function approve(context: RegistryContext, input: { app: string; deviceId: string }): Promise<void> {
  const events = await context.database.transaction(async (tx) => {
    const device = await lockDevice(tx, input.app, input.deviceId)
    if (!device) throw new StateError('PUSH_DEVICE_UNKNOWN')
    const held = await findHeldRegistration(tx, device.id)
    if (!held) throw new StateError('PUSH_REGISTRATION_NOT_HELD')
    await approveRegistration(tx, held.id)
    const raised = await putInForce(context, tx, device, held)
    await context.announcer?.announce(tx, raised)
    return raised
  })
  for (const event of events) context.raise(event)
}
