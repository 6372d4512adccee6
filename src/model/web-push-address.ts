// A browser's push subscription as the address that is kept: one canonical text, so that it can be compared byte by byte.
import { createPublicKey } from 'node:crypto'

/** What `PushSubscription.toJSON()` gives; other members are not looked at. */
export interface PushSubscriptionJson {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export interface WebPushSubscription {
  readonly endpoint: URL
  /** The browser's public key: a P-256 point that is not compressed. */
  readonly p256dh: Buffer
  /** RFC 8291 §3.2. */
  readonly auth: Buffer
}

/** Characters. Longer ones are not kept by any push service's own account. */
const MAX_ENDPOINT = 2048
const POINT_BYTES = 65
const AUTH_BYTES = 16
const BASE64 = /^[A-Za-z0-9_+/-]+={0,2}$/

/**
 * The address of a subscription: its JSON, in the form of `PushSubscription.toJSON()` or the canonical one, as text or
 * as an object. Undefined: it is no subscription that can be encrypted for.
 */
export function webPushAddress(given: unknown): string | undefined {
  const { endpoint, keys, ...flat } = asObject(given)
  const { p256dh, auth } = keys === undefined ? flat : asObject(keys)
  const url = typeof endpoint === 'string' && endpoint.length <= MAX_ENDPOINT ? URL.parse(endpoint) : null
  const point = decode(p256dh, POINT_BYTES)
  const secret = decode(auth, AUTH_BYTES)
  if (url === null || url.href.length > MAX_ENDPOINT || point === undefined || secret === undefined) return undefined
  if (!isOnCurve(point)) return undefined
  url.hash = ''
  const address = { endpoint: url.href, p256dh: point.toString('base64url'), auth: secret.toString('base64url') }
  return JSON.stringify(address)
}

/** Reads what `webPushAddress` wrote. Undefined: it is another text. */
export function readWebPushAddress(address: string): WebPushSubscription | undefined {
  const { endpoint, p256dh, auth } = asObject(address)
  const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null
  const point = decode(p256dh, POINT_BYTES)
  const secret = decode(auth, AUTH_BYTES)
  return url && point && secret ? { endpoint: url, p256dh: point, auth: secret } : undefined
}

function asObject(given: unknown): Readonly<Record<string, unknown>> {
  const value = typeof given === 'string' ? parse(given) : given
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error quotes the text, which is an address.
    return undefined
  }
}

/** Browsers write base64url without padding; other clients have been seen to write either alphabet, padded. */
function decode(text: unknown, bytes: number): Buffer | undefined {
  if (typeof text !== 'string' || text.length > 2 * bytes || !BASE64.test(text)) return undefined
  const decoded = Buffer.from(text, 'base64url')
  return decoded.length === bytes ? decoded : undefined
}

function isOnCurve(point: Buffer): boolean {
  if (point[0] !== 4) return false
  try {
    createPublicKey({ key: jwkOf(point), format: 'jwk' })
    return true
  } catch {
    // OpenSSL refuses a point that does not lie on the curve.
    return false
  }
}

function jwkOf(point: Buffer) {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)]
  return { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
}
