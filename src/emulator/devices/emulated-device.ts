// One virtual device as its push service sees it: which messages reach it now, and which wait.
import type { ApnsEnvironment } from '../../protocols/apns.ts'
import type { Clock } from '../../util/clock.ts'
import { EmulatorError } from '../emulator-error.ts'
import type { CollapsibleQuota } from '../quotas/quota-settings.ts'
import { type NextOptions, SequenceLog } from '../sequence-log.ts'
import { type CollapsibleThrottle, createCollapsibleThrottle } from './collapsible-throttle.ts'
import { playHandshake } from './handshake.ts'
import { behaviourOf } from './named-address.ts'
import { type PushResource, type PushSubscriptionJson, subscriptionJson } from './push-subscription.ts'
import { sendReceipt } from './send-receipt.ts'
import {
  type AddressKind,
  DEVICE_STATES,
  type DeviceService,
  type DeviceState,
  type HandshakeInput,
  type HandshakeResult,
  type InboxMessage,
  type ReceiptInput,
  type TakenMessage,
  type VirtualDevice,
} from './virtual-device.ts'
import {
  createApnsWaiting,
  createC2dmWaiting,
  createFcmWaiting,
  createWebPushWaiting,
  fcmCollapseKey,
  type WaitingMessages,
} from './waiting-messages.ts'

/** Messages that an inbox keeps. */
const INBOX_LIMIT = 10_000

/** A real browser, which is what the device stands for. */
export interface BrowserLink {
  /** Whether it is connected. */
  readonly isOpen: boolean
  deliver(message: TakenMessage): void
  /** Whether the message had not been sent yet: it never will be. */
  cancel(providerId: string): boolean
  /** The device is gone. */
  end(): void
}

/** What all devices of an emulator share. */
export interface DeviceSurroundings {
  readonly clock: Clock
  readonly realClock: Clock
  /** Something about the device has changed. */
  changed(device: EmulatedDevice): void
  arrived(device: EmulatedDevice, message: InboxMessage): void
  collapsibleQuota(): CollapsibleQuota | undefined
}

interface DeviceIdentity {
  readonly id: string
  readonly service: DeviceService
  readonly kind?: AddressKind | undefined
  /** APNs. */
  readonly environment?: ApnsEnvironment | undefined
  readonly address: string
  readonly state?: DeviceState | undefined
  /** Web Push. */
  readonly resource?: PushResource | undefined
  readonly browser?: BrowserLink | undefined
}

const WAITING: Readonly<Record<DeviceService, (clock: Clock) => WaitingMessages>> = {
  c2dm: createC2dmWaiting,
  fcm: createFcmWaiting,
  webpush: createWebPushWaiting,
  apns: createApnsWaiting,
}

export class EmulatedDevice implements VirtualDevice {
  readonly id: string
  readonly service: DeviceService
  readonly kind: AddressKind | undefined
  readonly environment: ApnsEnvironment | undefined
  /** Sends still to be answered 503, for an address named flaky<N>. */
  refusals: number
  readonly #browser: BrowserLink | undefined
  readonly #surroundings: DeviceSurroundings
  readonly #inbox: SequenceLog<InboxMessage>
  readonly #waiting: WaitingMessages
  readonly #throttle: CollapsibleThrottle
  /** Ends with the device. */
  readonly #ended = new AbortController()
  #address: string
  #resource: PushResource | undefined
  #wakesUp = false
  #state: DeviceState
  #stateSince: number

  constructor(identity: DeviceIdentity, surroundings: DeviceSurroundings) {
    const { clock, realClock } = surroundings
    const { id, service, kind, environment, address, state, resource, browser } = identity
    const behaviour = behaviourOf(resource?.token ?? address)
    this.id = id
    this.service = service
    this.kind = kind
    this.environment = environment
    this.#address = address
    this.refusals = behaviour.refusals
    this.#state = state ?? behaviour.state
    this.#stateSince = realClock.now()
    this.#resource = resource
    this.#browser = browser
    this.#surroundings = surroundings
    this.#inbox = new SequenceLog({ clock: realClock, limit: INBOX_LIMIT, name: `the inbox of ${id}` })
    this.#waiting = WAITING[service](clock)
    this.#throttle = createCollapsibleThrottle(clock, surroundings.collapsibleQuota)
  }

  get address(): string {
    return this.#address
  }

  get registrationId(): string {
    return this.#address
  }

  /** Web Push: what a request to it is held to. */
  get resource(): PushResource | undefined {
    return this.#resource
  }

  get subscription(): PushSubscriptionJson | undefined {
    return this.#resource && subscriptionJson(this.#resource)
  }

  get isBrowser(): boolean {
    return this.#browser !== undefined
  }

  get state(): DeviceState {
    return this.#state
  }

  set state(state: DeviceState) {
    assertState(state)
    if (state !== this.#state) this.#stateSince = this.#surroundings.realClock.now()
    this.#state = state
    if (state === 'unregistered') this.#waiting.clear()
    this.deliverWaiting()
    this.#surroundings.changed(this)
  }

  /** What waits at the old address is lost; an app that was removed is there again. */
  moveTo(address: string, resource: PushResource | undefined): void {
    this.#waiting.clear()
    this.#address = address
    this.#resource = resource
    const { refusals, state } = behaviourOf(resource?.token ?? address)
    this.refusals = refusals
    this.state = this.#state === 'unregistered' || state !== 'active' ? state : this.#state
  }

  /** When it got into its state, in milliseconds since the epoch, as a sender is told it. */
  get stateSince(): number {
    return this.#stateSince
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
    this.#surroundings.changed(this)
  }

  async handshake(input: HandshakeInput): Promise<HandshakeResult> {
    if (this.#browser) {
      throw new EmulatorError('EMULATOR_INPUT', `${this.id} is a real browser: the page in it registers and confirms.`)
    }
    return playHandshake(this, input, this.#surroundings.realClock)
  }

  sendReceipt(message: InboxMessage, event: 'delivered' | 'opened', input: ReceiptInput): Promise<number> {
    return sendReceipt(message, event, input)
  }

  /** The push service has taken this message for this device. */
  take(message: TakenMessage): void {
    // What waits under this key was received earlier, so it is what the new message replaces.
    this.#waiting.supersede(message)
    if (this.#passes(message)) {
      this.#deliver(message)
      return
    }
    this.#waiting.keep(message)
    this.#surroundings.changed(this)
  }

  /** It has been received by what plays the device's part. */
  arrive({ highPriority: _priority, ttlMs: _ttl, encrypted: _body, ...message }: TakenMessage): void {
    const receivedAt = this.#surroundings.clock.now()
    const arrived = this.#inbox.append((sequence) => ({ sequence, receivedAt, ...message }))
    this.#surroundings.arrived(this, arrived)
  }

  /** Something has changed in what reaches it. */
  deliverWaiting(): void {
    const released = this.#waiting.release((waiting) => this.#passes(waiting))
    for (const message of released) this.#deliver(message)
    if (released.length > 0) this.#surroundings.changed(this)
  }

  /** Whether the message had not reached it: it never will. */
  cancel(providerId: string): boolean {
    const isCancelled = this.#waiting.cancel(providerId) || (this.#browser?.cancel(providerId) ?? false)
    if (isCancelled) this.#surroundings.changed(this)
    return isCancelled
  }

  end(error: EmulatorError): void {
    this.#ended.abort()
    this.#waiting.clear()
    this.#inbox.end(error)
    this.#browser?.end()
  }

  #deliver(message: TakenMessage): void {
    if (this.#browser) this.#browser.deliver(message)
    else this.arrive(message)
  }

  /** Whether it goes to the device now; then it counts for the rate of collapsible messages. */
  #passes(message: TakenMessage): boolean {
    if (!this.#reaches(message)) return false
    const isCounted = this.service === 'fcm' && fcmCollapseKey(message) !== '' && message.ttlMs !== 0
    if (!isCounted || this.#throttle.pass()) return true
    this.#wakeUp()
    return false
  }

  /** Delivers what waits once the throttle lets one more pass. */
  #wakeUp(): void {
    if (this.#wakesUp) return
    this.#wakesUp = true
    this.#surroundings.clock.sleep(this.#throttle.waitMs, this.#ended.signal).then(
      () => {
        this.#wakesUp = false
        this.deliverWaiting()
      },
      () => {
        // The device is gone.
      },
    )
  }

  #reaches({ delayWhileIdle, highPriority }: TakenMessage): boolean {
    if (this.#browser?.isOpen === false) return false
    if (this.#state !== 'idle') return this.#state === 'active'
    return this.service === 'c2dm' ? !delayWhileIdle : highPriority === true
  }
}

export function assertState(state: string): void {
  if (DEVICE_STATES.some((known) => known === state)) return
  throw new EmulatorError('EMULATOR_INPUT', `state is "${state}"; it must be one of ${DEVICE_STATES.join(', ')}.`)
}
