// The virtual devices of one emulator, by short id and by registration id, and how a message reaches each.
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import { EmulatorError } from '../emulator-error.ts'
import { type NextOptions, SequenceLog } from '../sequence-log.ts'
import { playHandshake } from './handshake.ts'
import { behaviourOf } from './named-registration.ts'
import {
  DEVICE_STATES,
  type DeviceState,
  type HandshakeInput,
  type HandshakeResult,
  type InboxMessage,
  type VirtualDevice,
} from './virtual-device.ts'

/** Messages that an inbox keeps, and collapse keys that an unreachable device keeps. */
const INBOX_LIMIT = 10_000
const REGISTRATION_ID_MAX_BYTES = 4096
const SHORT_ID = /^d[1-9]\d*$/

/** A message that the push service took. */
export type TakenMessage = Omit<InboxMessage, 'sequence' | 'receivedAt'>

export interface DeviceInput {
  /** Only C2DM so far, and the default. */
  readonly service?: 'c2dm' | undefined
  /** 1 to 4096 bytes. Default: one that looks like those of C2DM. */
  readonly registrationId?: string | undefined
  /** Default `active`, or what the registration id's name says. */
  readonly state?: DeviceState | undefined
}

/** A device as the push service sees it. */
export class EmulatedDevice implements VirtualDevice {
  readonly id: string
  readonly service = 'c2dm'
  readonly registrationId: string
  /** Sends still to be answered 503, for a registration id named flaky<N>. */
  refusals: number
  readonly #clock: Clock
  readonly #inbox: SequenceLog<InboxMessage>
  /** By collapse key, in the order in which the newest of each was received. */
  readonly #waiting = new Map<string, TakenMessage>()
  #state: DeviceState

  constructor(id: string, registrationId: string, state: DeviceState | undefined, clock: Clock) {
    const behaviour = behaviourOf(registrationId)
    this.id = id
    this.registrationId = registrationId
    this.refusals = behaviour.refusals
    this.#state = state ?? behaviour.state
    this.#clock = clock
    this.#inbox = new SequenceLog({ clock, limit: INBOX_LIMIT, name: `the inbox of ${id}` })
  }

  get state(): DeviceState {
    return this.#state
  }

  set state(state: DeviceState) {
    assertState(state)
    this.#state = state
    if (state === 'unregistered') this.#waiting.clear()
    for (const [collapseKey, message] of this.#waiting) {
      if (!this.#reaches(message)) continue
      this.#waiting.delete(collapseKey)
      this.#arrive(message)
    }
  }

  get inbox(): InboxMessage[] {
    return this.#inbox.after(0)
  }

  get inboxSize(): number {
    return this.#inbox.size
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get lastSequence(): number {
    return this.#inbox.last
  }

  inboxAfter(sequence: number): InboxMessage[] {
    return this.#inbox.after(sequence)
  }

  nextMessage(options?: NextOptions<InboxMessage>): Promise<InboxMessage> {
    return this.#inbox.next(options)
  }

  clearInbox(): void {
    this.#inbox.clear()
  }

  handshake(input: HandshakeInput): Promise<HandshakeResult> {
    return playHandshake(this, input, this.#clock)
  }

  /** The push service has taken this message for this device. */
  take(message: TakenMessage): void {
    // What waits under this key was received earlier, so it is what the new message replaces.
    this.#waiting.delete(message.collapseKey)
    if (this.#reaches(message)) this.#arrive(message)
    else this.#keep(message)
  }

  end(error: EmulatorError): void {
    this.#waiting.clear()
    this.#inbox.end(error)
  }

  #reaches(message: TakenMessage): boolean {
    return this.#state === 'active' || (this.#state === 'idle' && !message.delayWhileIdle)
  }

  #keep(message: TakenMessage): void {
    this.#waiting.set(message.collapseKey, message)
    if (this.#waiting.size <= INBOX_LIMIT) return
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#waiting.delete(oldest)
  }

  #arrive(message: TakenMessage): void {
    const receivedAt = this.#clock.now()
    this.#inbox.append((sequence) => ({ sequence, receivedAt, ...message }))
  }
}

export interface DeviceTable {
  create(input?: DeviceInput): EmulatedDevice
  /** By short id or registration id. */
  get(id: string): EmulatedDevice | undefined
  byRegistrationId(registrationId: string): EmulatedDevice | undefined
  list(): EmulatedDevice[]
  readonly size: number
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; sends to it are answered InvalidRegistration. */
  remove(id: string): boolean
  clear(): void
}

export function createDeviceTable(clock: Clock, random: Random): DeviceTable {
  const byId = new Map<string, EmulatedDevice>()
  const byRegistrationId = new Map<string, EmulatedDevice>()
  let made = 0

  const get = (id: string) => byId.get(id) ?? byRegistrationId.get(id)

  function remove(id: string): boolean {
    const device = get(id)
    if (!device) return false
    byId.delete(device.id)
    byRegistrationId.delete(device.registrationId)
    device.end(new EmulatorError('EMULATOR_CLOSED', `The virtual device ${device.id} has been removed.`))
    return true
  }

  return {
    create({ service = 'c2dm', registrationId = newRegistrationId(random), state } = {}) {
      if (service !== 'c2dm') throw new EmulatorError('EMULATOR_INPUT', 'service must be "c2dm".')
      assertRegistrationId(registrationId)
      if (state !== undefined) assertState(state)
      if (byRegistrationId.has(registrationId)) {
        throw new EmulatorError(
          'EMULATOR_CONFLICT',
          `There is already a device with the registrationId ${registrationId}.`,
        )
      }
      const device = new EmulatedDevice(`d${++made}`, registrationId, state, clock)
      byId.set(device.id, device)
      byRegistrationId.set(registrationId, device)
      return device
    },
    get,
    byRegistrationId: (registrationId) => byRegistrationId.get(registrationId),
    list: () => [...byId.values()],
    get size() {
      return byId.size
    },
    remove,
    clear() {
      for (const id of [...byId.keys()]) remove(id)
    },
  }
}

/** The shape of real ones; their length was never promised. */
function newRegistrationId(random: Random): string {
  return `APA91b${random.bytes(85).toString('base64url')}`
}

function assertRegistrationId(registrationId: string): void {
  const bytes = Buffer.byteLength(registrationId)
  if (bytes === 0 || bytes > REGISTRATION_ID_MAX_BYTES || !registrationId.isWellFormed()) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      `registrationId is ${bytes} bytes; it must be well-formed text of 1 to ${REGISTRATION_ID_MAX_BYTES}.`,
    )
  }
  if (SHORT_ID.test(registrationId)) {
    throw new EmulatorError('EMULATOR_INPUT', `registrationId ${registrationId} looks like a device's short id.`)
  }
}

function assertState(state: string): void {
  if (DEVICE_STATES.some((known) => known === state)) return
  throw new EmulatorError('EMULATOR_INPUT', `state is "${state}"; it must be one of ${DEVICE_STATES.join(', ')}.`)
}
