// What a test holds of a device that does not exist: its address, its state and its inbox.
import type { ApnsEnvironment, ApnsPushType } from '../../protocols/apns.ts'
import type { WebPushUrgency } from '../../protocols/web-push.ts'
import type { NextOptions, Sequenced } from '../sequence-log.ts'
import type { PushSubscriptionJson } from './push-subscription.ts'

/**
 * - `active`: each message arrives at once.
 * - `idle`: reachable with its screen off; C2DM messages with delay_while_idle, FCM messages without high priority,
 *   Web Push messages without the urgency `high` and APNs notifications of a priority below 10 wait until it is active.
 * - `offline`: messages are taken and wait, as long and as many as the service keeps, until it is active.
 * - `unregistered`: the app was removed; sends are answered NotRegistered (FCM: UNREGISTERED; Web Push: 410;
 *   APNs: 410, Unregistered, since when it is in this state).
 * - `mismatch`: the registration belongs to another sender; MismatchSenderId (FCM: SENDER_ID_MISMATCH; Web
 *   Push: 401, VAPID public key mismatch; APNs: DeviceTokenNotForTopic).
 * - `throttled`: the device has had too many messages; DeviceQuotaExceeded (FCM: QUOTA_EXCEEDED; Web
 *   Push: 429; APNs: TooManyRequests).
 */
export const DEVICE_STATES = ['active', 'idle', 'offline', 'unregistered', 'mismatch', 'throttled'] as const
export type DeviceState = (typeof DEVICE_STATES)[number]

export const DEVICE_SERVICES = ['c2dm', 'fcm', 'webpush', 'apns'] as const
export type DeviceService = (typeof DEVICE_SERVICES)[number]

/** FCM: a registration token, or a Firebase Installation ID. */
export const ADDRESS_KINDS = ['token', 'fid'] as const
export type AddressKind = (typeof ADDRESS_KINDS)[number]

export interface InboxMessage extends Sequenced {
  /** When the device received it, in milliseconds since the epoch. */
  readonly receivedAt: number
  /** The id that the sender was told: `0:<micros>%<16 hex>`; Web Push: what the message resource ends with; APNs: the apns-id. */
  readonly providerId: string
  /**
   * C2DM: the fields `data.<key>` by key. FCM: `android.data`, or else `data`. Web Push: where the plaintext is a JSON
   * object, those of its members that are texts. APNs: the members of the payload beside `aps` that are texts.
   */
  readonly data: Readonly<Record<string, string>>
  /** Web Push: the topic. APNs: the apns-collapse-id. Empty when there is none. */
  readonly collapseKey: string
  /** C2DM only, else false. */
  readonly delayWhileIdle: boolean
  /** FCM: as it was sent, with names in lowerCamelCase. */
  readonly notification?: Readonly<Record<string, unknown>> | undefined
  /** FCM: as it was sent, with names in lowerCamelCase. */
  readonly android?: Readonly<Record<string, unknown>> | undefined
  /** Web Push: the decrypted body, as UTF-8; undefined when there was none, or when only a real browser can read it. */
  readonly plaintext?: string | undefined
  /** Web Push. */
  readonly urgency?: WebPushUrgency | undefined
  /** APNs: the whole payload, as it was sent. */
  readonly payload?: Readonly<Record<string, unknown>> | undefined
  /** APNs: the apns-topic; without one, the certificate's. */
  readonly topic?: string | undefined
  /** APNs: undefined when the sender did not say. */
  readonly pushType?: ApnsPushType | undefined
  /** APNs: 10, 5 or 1. */
  readonly priority?: number | undefined
}

/** A message that the push service took. */
export interface TakenMessage extends Omit<InboxMessage, 'sequence' | 'receivedAt'> {
  /** May wake a device that is idle; not of C2DM. */
  readonly highPriority?: boolean
  /** How long it may wait; not of C2DM. */
  readonly ttlMs?: number
  /** Web Push: the body as it came. */
  readonly encrypted?: Buffer | undefined
}

export interface HandshakeInput {
  /**
   * C2DM: where the server has its device doors, such as http://127.0.0.1:3000/c2dm. Others: where the server is, such
   * as http://127.0.0.1:3000. Loopback only.
   */
  readonly url: string
  /** The device id to register under. */
  readonly deviceId: string
  /** Not for C2DM: the app. Default `default`. */
  readonly app?: string | undefined
  /** Not for C2DM: the key that an earlier handshake gave this device, needed to replace its address. */
  readonly deviceKey?: string | undefined
  /** Milliseconds for the whole handshake. Default 10,000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ReceiptInput {
  /** Where the server is, such as http://127.0.0.1:3000. Loopback only. */
  readonly url: string
  /** Default `default`. */
  readonly app?: string | undefined
  /** When it happened by the device's clock. Default: the server says. */
  readonly at?: Date | undefined
  readonly signal?: AbortSignal | undefined
}

export interface HandshakeResult {
  readonly status: 'confirmed'
  readonly deviceId: string
  /** The address that was confirmed. */
  readonly address: string
  /** C2DM's name for the address. */
  readonly registrationId: string
  /** The device's key from now on; none from the device doors of C2DM. */
  readonly deviceKey: string | undefined
  /** The confirmation push, with the secret in `data.registration_token` (others: `data.confirmationToken`). */
  readonly message: InboxMessage
}

export interface VirtualDevice {
  /** Short name in this emulator: d1, d2, … */
  readonly id: string
  readonly service: DeviceService
  /** FCM: what its address is; undefined for others. */
  readonly kind: AddressKind | undefined
  /** APNs: the environment that its address belongs to; undefined for others. */
  readonly environment: ApnsEnvironment | undefined
  /** The address that a sender sends to; APNs: the device token, in hexadecimal; Web Push: `{"endpoint":…,"p256dh":…,"auth":…}` as JSON. */
  readonly address: string
  /** C2DM's name for the address. */
  readonly registrationId: string
  /** Web Push: as the browser gives it; undefined for other services, and for the subscriptions of real browsers. */
  readonly subscription: PushSubscriptionJson | undefined
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
  /**
   * Tells the server what became of a message that asks for receipts, with the token that came in its data. Resolves with the
   * status of the answer: 204, when it was recorded.
   */
  sendReceipt(message: InboxMessage, event: 'delivered' | 'opened', input: ReceiptInput): Promise<number>
}
