// What a test holds of a device that does not exist: its registration id, its state and its inbox.
import type { NextOptions, Sequenced } from '../sequence-log.ts'

/**
 * - `active`: each message arrives at once.
 * - `idle`: reachable with its screen off; messages with delay_while_idle wait until it is active.
 * - `offline`: messages are taken and wait, the newest per collapse key, until it is active.
 * - `unregistered`: the app was removed; sends are answered NotRegistered.
 * - `mismatch`: the registration belongs to another sender; sends are answered MismatchSenderId.
 * - `throttled`: the device has had too many messages; sends are answered DeviceQuotaExceeded.
 */
export const DEVICE_STATES = ['active', 'idle', 'offline', 'unregistered', 'mismatch', 'throttled'] as const
export type DeviceState = (typeof DEVICE_STATES)[number]

export interface InboxMessage extends Sequenced {
  /** When the device received it, in milliseconds since the epoch. */
  readonly receivedAt: number
  /** The id that the sender was told: `0:<micros>%<16 hex>`. */
  readonly providerId: string
  /** The fields `data.<key>` by key. */
  readonly data: Readonly<Record<string, string>>
  readonly collapseKey: string
  readonly delayWhileIdle: boolean
}

export interface HandshakeInput {
  /** Where the server has its device doors, such as http://127.0.0.1:3000/c2dm. Loopback only. */
  readonly url: string
  /** The device_id to register under. */
  readonly deviceId: string
  /** Milliseconds for the whole handshake. Default 10,000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface HandshakeResult {
  readonly status: 'confirmed'
  readonly deviceId: string
  readonly registrationId: string
  /** The confirmation push, with the secret in `data.registration_token`. */
  readonly message: InboxMessage
}

export interface VirtualDevice {
  /** Short name in this emulator: d1, d2, … */
  readonly id: string
  readonly service: 'c2dm'
  /** The address that a sender sends to. */
  readonly registrationId: string
  /** Setting it to `active` delivers what waited. */
  state: DeviceState
  /** A copy: the newest 10,000 messages that arrived, oldest first. */
  readonly inbox: InboxMessage[]
  /** How many messages wait for the device to become active. */
  readonly waiting: number
  /** The sequence number of the newest message ever; 0 before the first. */
  readonly lastSequence: number
  /** The oldest message in the inbox that fits, or the first that arrives. */
  nextMessage(options?: NextOptions<InboxMessage>): Promise<InboxMessage>
  clearInbox(): void
  /** Registers at a server, reads the secret from the inbox and confirms, as an app on a phone does. */
  handshake(input: HandshakeInput): Promise<HandshakeResult>
}
