// One real browser: its subscriptions, and the messages on their way to it. A message is sent again on the next connection
// until the browser has acknowledged it.
import type { Clock } from '../../util/clock.ts'
import type { BrowserLink, EmulatedDevice } from '../devices/emulated-device.ts'
import type { TakenMessage } from '../devices/virtual-device.ts'

/** Sent at once without an acknowledgement between. */
const BATCH = 10
/** Behind those. A browser that acknowledges nothing would have them grow without end. */
const QUEUE_LIMIT = 10_000
/** Code of an acknowledgement: the browser has decrypted the message, and a service worker has got it. */
export const DELIVERED = 100

export interface NotificationFrame {
  readonly messageType: 'notification'
  readonly channelID: string
  readonly version: string
  readonly data?: string
  readonly headers?: { readonly encoding: string }
}

export type SendNotification = (frame: NotificationFrame) => void

interface Parcel {
  readonly channelID: string
  readonly device: EmulatedDevice
  readonly message: TakenMessage
  readonly expiresAt: number
}

export class UserAgent {
  readonly uaid: string
  readonly #clock: Clock
  readonly #channels = new Map<string, EmulatedDevice>()
  readonly #unacknowledged = new Map<string, Parcel>()
  #queue: Parcel[] = []
  #send: SendNotification | undefined

  readonly #onRemoval: () => void

  /** `onRemoval`: a subscription is over. */
  constructor(uaid: string, clock: Clock, onRemoval: () => void) {
    this.uaid = uaid
    this.#clock = clock
    this.#onRemoval = onRemoval
  }

  get channels(): ReadonlyMap<string, EmulatedDevice> {
    return this.#channels
  }

  get waiting(): number {
    return [...this.#channels.values()].reduce((sum, { waiting }) => sum + waiting, 0)
  }

  /** `create` makes the device, which stands for this channel from now on. */
  add(channelID: string, create: (browser: BrowserLink) => EmulatedDevice): EmulatedDevice {
    const device: EmulatedDevice = create(this.#linkFor(channelID, () => device))
    this.#channels.set(channelID, device)
    return device
  }

  connect(send: SendNotification): void {
    if (this.#send) this.disconnect(this.#send)
    this.#send = send
    for (const device of this.#channels.values()) device.deliverWaiting()
  }

  /** The connection has ended; one that another has replaced is none of its own any more. */
  disconnect(send: SendNotification): void {
    if (send !== this.#send) return
    this.#send = undefined
    const parcels = [...this.#unacknowledged.values(), ...this.#queue]
    this.#unacknowledged.clear()
    this.#queue = []
    const now = this.#clock.now()
    for (const { device, message, expiresAt } of parcels) device.take({ ...message, ttlMs: expiresAt - now })
  }

  /** The browser is done with a message; `code` says how. */
  acknowledge(version: string, code: number): void {
    const parcel = this.#unacknowledged.get(version)
    if (!parcel) return
    this.#unacknowledged.delete(version)
    if (code === DELIVERED) parcel.device.arrive(parcel.message)
    if (this.#unacknowledged.size === 0) this.#pump()
  }

  #linkFor(channelID: string, device: () => EmulatedDevice): BrowserLink {
    const isOpen = () => this.#send !== undefined
    return {
      get isOpen() {
        return isOpen()
      },
      deliver: (message) => {
        const expiresAt = this.#clock.now() + (message.ttlMs ?? 0)
        this.#queue.push({ channelID, device: device(), message, expiresAt })
        this.#pump()
        if (this.#queue.length > QUEUE_LIMIT) this.#queue.shift()
      },
      cancel: (providerId) => this.#dropQueued(({ message }) => message.providerId === providerId),
      end: () => {
        this.#channels.delete(channelID)
        this.#dropQueued((parcel) => parcel.channelID === channelID)
        for (const [version, parcel] of this.#unacknowledged) {
          if (parcel.channelID === channelID) this.#unacknowledged.delete(version)
        }
        this.#onRemoval()
      },
    }
  }

  #dropQueued(unwanted: (parcel: Parcel) => boolean): boolean {
    const before = this.#queue.length
    this.#queue = this.#queue.filter((parcel) => !unwanted(parcel))
    return this.#queue.length < before
  }

  #pump(): void {
    while (this.#send && this.#unacknowledged.size < BATCH) {
      const parcel = this.#queue.shift()
      if (!parcel) return
      if (parcel.expiresAt < this.#clock.now()) continue
      this.#unacknowledged.set(parcel.message.providerId, parcel)
      this.#send(notification(parcel))
    }
  }
}

function notification({ channelID, message }: Parcel): NotificationFrame {
  const { providerId: version, encrypted } = message
  const frame = { messageType: 'notification', channelID, version } as const
  if (!encrypted) return frame
  return { ...frame, data: encrypted.toString('base64url'), headers: { encoding: 'aes128gcm' } }
}
