// A Web Push subscription as its push service and its browser know it: where to send, who may, and, for a virtual
// device, the keys that its messages are encrypted for (RFC 8291 §3.1).
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { P256_POINT_BYTES, WEB_PUSH_AUTH_BYTES } from '../../protocols/web-push.ts'
import type { Random } from '../../util/random.ts'

/** What the browser's `subscription.toJSON()` gives. */
export interface PushSubscriptionJson {
  readonly endpoint: string
  readonly expirationTime: null
  /** In base64url without padding. */
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** The secrets of the receiving side. */
export interface MessageRecipient {
  readonly privateKey: KeyObject
  /** The P-256 point, not compressed. */
  readonly publicKey: Buffer
  readonly auth: Buffer
}

export interface PushResource {
  /** The last segment of the endpoint. */
  readonly token: string
  readonly endpoint: string
  /** Whether only one application server may send: then its endpoint begins with /wpush/v2/, else with /wpush/v1/. */
  readonly isRestricted: boolean
  /** The VAPID public key of that server, in base64url without padding; undefined until its first request. */
  applicationServerKey: string | undefined
  /** Of a virtual device; undefined when a real browser has the keys. */
  readonly recipient: MessageRecipient | undefined
}

/** What an endpoint ends with. */
export const PUSH_TOKEN = /^[\w-]{1,512}$/
/** The tokens that are made here; of such a one that no device has, the subscription is over. */
const MADE_TOKEN = /^gAAAAA[\w-]{120}$/
/** 65 bytes in base64url; the first says that the point is not compressed. */
export const APPLICATION_SERVER_KEY = /^B[\w-]{86}$/

export function newPushToken(random: Random): string {
  return `gAAAAA${random.bytes(90).toString('base64url')}`
}

export function looksMade(token: string): boolean {
  return MADE_TOKEN.test(token)
}

export function endpointPath(token: string, isRestricted: boolean): string {
  return `/wpush/${isRestricted ? 'v2' : 'v1'}/${token}`
}

export function newRecipient(random: Random): MessageRecipient {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // The point is what an SPKI of this curve ends with (RFC 5480 §2.2).
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-P256_POINT_BYTES)
  return { privateKey, publicKey: point, auth: random.bytes(WEB_PUSH_AUTH_BYTES) }
}

export function subscriptionJson({ endpoint, recipient }: PushResource): PushSubscriptionJson | undefined {
  if (!recipient) return undefined
  const { publicKey, auth } = recipient
  const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
  return { endpoint, expirationTime: null, keys }
}

/** The text by which Sendword knows the subscription; of one whose keys are a browser's secret, the endpoint. */
export function subscriptionAddress(resource: PushResource): string {
  const json = subscriptionJson(resource)
  if (!json) return resource.endpoint
  const { p256dh, auth } = json.keys
  return JSON.stringify({ endpoint: json.endpoint, p256dh, auth })
}
