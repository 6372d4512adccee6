// The second half of the handshake: the device echoes a secret that was pushed to the address, and only now does the
// address take the place of the old one.
import { timingSafeEqual } from 'node:crypto'
import type { Tx } from '../database/tx.ts'
import { hashConfirmationToken } from '../model/confirmation-token.ts'
import type { SendwordEvent } from '../model/event.ts'
import { StateError } from '../model/push-error.ts'
import { type DeviceRow, lockDevice, setLiveAddress, takeAddress, touchDevice } from '../store/devices.ts'
import {
  approveRegistration,
  confirmRegistration,
  countWrongGuess,
  endRegistration,
  findHeldRegistration,
  findOpenRegistrations,
  type RegistrationRow,
  supersedeOthers,
} from '../store/registrations.ts'
import { uuidv7 } from '../util/ids.ts'
import type { RegistryContext } from './context.ts'

export interface ConfirmInput {
  readonly app: string
  readonly deviceId: string
  readonly confirmationToken: string
}

/** A refusal is a value inside the transaction: the wrong guess that it counts must be committed. */
type Verdict = { readonly refused: boolean; readonly events: readonly SendwordEvent[] }

const REFUSED: Verdict = { refused: true, events: [] }
const UNCHANGED: Verdict = { refused: false, events: [] }

/** Throws StateError PUSH_CONFIRMATION_REFUSED, the same for every reason: an attacker learns nothing from it. */
export async function confirm(context: RegistryContext, input: ConfirmInput): Promise<void> {
  const verdict = await context.database.transaction((tx) => judge(context, tx, input))
  if (verdict.refused) throw new StateError('PUSH_CONFIRMATION_REFUSED')
  for (const event of verdict.events) context.raise(event)
}

async function judge(context: RegistryContext, tx: Tx, input: ConfirmInput): Promise<Verdict> {
  const device = await lockDevice(tx, input.app, input.deviceId)
  if (!device) return REFUSED
  const open = await findOpenRegistrations(tx, device.id, new Date(context.clock.now()))
  const match = open.find((registration) => matches(registration, input.confirmationToken))
  if (!match) {
    await chargeWrongGuess(context, tx, open)
    return REFUSED
  }
  if (match.state === 'pending') return await applyConfirmation(context, tx, device, match)
  // The first reply may have been lost: the same answer again, while that registration still is the one in force.
  if (match.id !== device.registrationId && !match.awaitsApproval) return REFUSED
  await touchDevice(tx, device.id, new Date(context.clock.now()))
  return UNCHANGED
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
): Promise<Verdict> {
  const replaces = replacesLiveAddress(device, registration)
  const held = replaces && context.options.approveReplacement
  if (held) {
    const earlier = await findHeldRegistration(tx, device.id)
    if (earlier) await endRegistration(tx, earlier.id, { state: 'superseded' })
    await confirmRegistration(tx, registration.id, true)
    return {
      refused: false,
      events: [{ type: 'device.approval-needed', app: device.app, deviceId: device.deviceId }],
    }
  }
  await confirmRegistration(tx, registration.id, false)
  return { refused: false, events: await putInForce(context, tx, device, registration) }
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
  await setLiveAddress(tx, { id: device.id, address, registrationId: registration.id, at })
  const events: SendwordEvent[] = taken.map((deviceId) => ({ type: 'device.address-taken', app: device.app, deviceId }))
  if (!replacesLiveAddress(device, registration)) return [...events, { type: 'device.confirmed', ...who }]
  await notifyReplaced(context, tx, device)
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
    return await putInForce(context, tx, device, held)
  })
  for (const event of events) context.raise(event)
}
