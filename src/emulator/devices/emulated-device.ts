// One virtual device as its push service sees it: which messages reach it now, and which wait.
import type { Clock } from '../../util/clock.ts'
import { EmulatorError } from '../emulator-error.ts'
import { type NextOptions, SequenceLog } from '../sequence-log.ts'
import { playHandshake } from './handshake.ts'
import { behaviourOf } from './named-address.ts'
import {
  type AddressKind,
  DEVICE_STATES,
  type DeviceService,
  type DeviceState,
  type HandshakeInput,
  type HandshakeResult,
  type InboxMessage,
  type TakenMessage,
  type VirtualDevice,
} from './virtual-device.ts'
import { createC2dmWaiting, createFcmWaiting, type WaitingMessages } from './waiting-messages.ts'

/** Messages that an inbox keeps. */
const INBOX_LIMIT = 10_000

interface DeviceIdentity {
  readonly id: string
  readonly service: DeviceService
  readonly kind: AddressKind | undefined
  readonly address: string
  readonly state: DeviceState | undefined
}

export class EmulatedDevice implements VirtualDevice {
  readonly id: string
  readonly service: DeviceService
  readonly kind: AddressKind | undefined
  readonly address: string
  /** Sends still to be answered 503, for an address named flaky<N>. */
  refusals: number
  readonly #clock: Clock
  readonly #inbox: SequenceLog<InboxMessage>
  readonly #waiting: WaitingMessages
  #state: DeviceState

  constructor({ id, service, kind, address, state }: DeviceIdentity, clock: Clock) {
    const behaviour = behaviourOf(address)
    this.id = id
    this.service = service
    this.kind = kind
    this.address = address
    this.refusals = behaviour.refusals
    this.#state = state ?? behaviour.state
    this.#clock = clock
    this.#inbox = new SequenceLog({ clock, limit: INBOX_LIMIT, name: `the inbox of ${id}` })
    this.#waiting = service === 'c2dm' ? createC2dmWaiting() : createFcmWaiting(clock)
  }

  get registrationId(): string {
    return this.address
  }

  get state(): DeviceState {
    return this.#state
  }

  set state(state: DeviceState) {
    assertState(state)
    this.#state = state
    if (state === 'unregistered') this.#waiting.clear()
    for (const message of this.#waiting.release((waiting) => this.#reaches(waiting))) this.#arrive(message)
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

  get dropped(): number {
    return this.#waiting.dropped
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
    this.#waiting.supersede(message)
    if (this.#reaches(message)) this.#arrive(message)
    else this.#waiting.keep(message)
  }

  end(error: EmulatorError): void {
    this.#waiting.clear()
    this.#inbox.end(error)
  }

  #reaches({ delayWhileIdle, highPriority }: TakenMessage): boolean {
    if (this.#state !== 'idle') return this.#state === 'active'
    return this.service === 'c2dm' ? !delayWhileIdle : highPriority === true
  }

  #arrive({ highPriority: _priority, ttlMs: _ttl, ...message }: TakenMessage): void {
    const receivedAt = this.#clock.now()
    this.#inbox.append((sequence) => ({ sequence, receivedAt, ...message }))
  }
}

export function assertState(state: string): void {
  if (DEVICE_STATES.some((known) => known === state)) return
  throw new EmulatorError('EMULATOR_INPUT', `state is "${state}"; it must be one of ${DEVICE_STATES.join(', ')}.`)
}
