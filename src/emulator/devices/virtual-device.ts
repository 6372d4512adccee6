// What a test holds of a device that does not exist: its address, its state and its inbox.
import type { NextOptions, Sequenced } from '../sequence-log.ts'

/**
 * - `active`: each message arrives at once.
 * - `idle`: reachable with its screen off; C2DM messages with delay_while_idle and FCM messages without high priority
 *   wait until it is active.
 * - `offline`: messages are taken and wait, as long and as many as the service keeps, until it is active.
 * - `unregistered`: the app was removed; sends are answered NotRegistered (FCM: UNREGISTERED).
 * - `mismatch`: the registration belongs to another sender; MismatchSenderId (FCM: SENDER_ID_MISMATCH).
 * - `throttled`: the device has had too many messages; DeviceQuotaExceeded (FCM: QUOTA_EXCEEDED).
 */
export const DEVICE_STATES = ['active', 'idle', 'offline', 'unregistered', 'mismatch', 'throttled'] as const
export type DeviceState = (typeof DEVICE_STATES)[number]

export const DEVICE_SERVICES = ['c2dm', 'fcm'] as const
export type DeviceService = (typeof DEVICE_SERVICES)[number]

/** FCM: a registration token, or a Firebase Installation ID. */
export const ADDRESS_KINDS = ['token', 'fid'] as const
export type AddressKind = (typeof ADDRESS_KINDS)[number]

export interface InboxMessage extends Sequenced {
  /** When the device received it, in milliseconds since the epoch. */
  readonly receivedAt: number
  /** The id that the sender was told: `0:<micros>%<16 hex>`. */
  readonly providerId: string
  /** C2DM: the fields `data.<key>` by key. FCM: `android.data`, or else `data`. */
  readonly data: Readonly<Record<string, string>>
  /** Empty when there is none. */
  readonly collapseKey: string
  /** C2DM only; FCM: false. */
  readonly delayWhileIdle: boolean
  /** FCM: as it was sent, with names in lowerCamelCase. */
  readonly notification?: Readonly<Record<string, unknown>> | undefined
  /** FCM: as it was sent, with names in lowerCamelCase. */
  readonly android?: Readonly<Record<string, unknown>> | undefined
}

/** A message that the push service took. */
export interface TakenMessage extends Omit<InboxMessage, 'sequence' | 'receivedAt'> {
  /** FCM: may wake a device that is idle. */
  readonly highPriority?: boolean
  /** FCM: how long it may wait. */
  readonly ttlMs?: number
}

export interface HandshakeInput {
  /**
   * C2DM: where the server has its device doors, such as http://127.0.0.1:3000/c2dm. FCM: where the server is, such as
   * http://127.0.0.1:3000. Loopback only.
   */
  readonly url: string
  /** The device id to register under. */
  readonly deviceId: string
  /** FCM: the app. Default `default`. */
  readonly app?: string | undefined
  /** FCM: the key that an earlier handshake gave this device, needed to replace its address. */
  readonly deviceKey?: string | undefined
  /** Milliseconds for the whole handshake. Default 10,000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface HandshakeResult {
  readonly status: 'confirmed'
  readonly deviceId: string
  /** The address that was confirmed. */
  readonly address: string
  /** C2DM's name for the address. */
  readonly registrationId: string
  /** FCM: the device's key from now on. */
  readonly deviceKey: string | undefined
  /** The confirmation push, with the secret in `data.registration_token` (FCM: `data.confirmationToken`). */
  readonly message: InboxMessage
}

export interface VirtualDevice {
  /** Short name in this emulator: d1, d2, … */
  readonly id: string
  readonly service: DeviceService
  /** FCM: what its address is; undefined for C2DM. */
  readonly kind: AddressKind | undefined
  /** The address that a sender sends to. */
  readonly address: string
  /** C2DM's name for the address. */
  readonly registrationId: string
  /** Setting it to `active` delivers what waited. */
  state: DeviceState
  /** A copy: the newest 10,000 messages that arrived, oldest first. */
  readonly inbox: InboxMessage[]
  /** How many messages wait for the device to become active. */
  readonly waiting: number
  /** How many messages were lost because too many waited; an Android app is told so by onDeletedMessages. */
  readonly dropped: number
  /** The sequence number of the newest message ever; 0 before the first. */
  readonly lastSequence: number
  /** The oldest message in the inbox that fits, or the first that arrives. */
  nextMessage(options?: NextOptions<InboxMessage>): Promise<InboxMessage>
  clearInbox(): void
  /** Registers at a server, reads the secret from the inbox and confirms, as an app on a phone does. */
  handshake(input: HandshakeInput): Promise<HandshakeResult>
}
