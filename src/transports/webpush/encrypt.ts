// One message for one browser: RFC 8291 over the aes128gcm coding of RFC 8188, in a single record. Pure but for the
// sender's key pair, which must be a new one for each message.
import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import {
  P256_POINT_BYTES,
  WEB_PUSH_DELIMITER,
  WEB_PUSH_HEADER_BYTES,
  WEB_PUSH_MAX_BODY_BYTES,
  WEB_PUSH_SALT_BYTES,
  WEB_PUSH_TAG_BYTES,
} from '../../protocols/web-push.ts'

/** What encryption adds: header, delimiter and tag. */
export const OVERHEAD_BYTES = WEB_PUSH_HEADER_BYTES + 1 + WEB_PUSH_TAG_BYTES
export const MAX_PLAINTEXT_BYTES = WEB_PUSH_MAX_BODY_BYTES - OVERHEAD_BYTES

export interface Recipient {
  /** The browser's public key: a P-256 point that is not compressed. */
  readonly p256dh: Uint8Array
  readonly auth: Uint8Array
}

export interface SenderKeys {
  readonly privateKey: KeyObject
  /** The public key: a P-256 point that is not compressed. */
  readonly point: Uint8Array
}

export interface EncryptInput extends Recipient {
  readonly plaintext: Uint8Array
  /** 16 bytes of chance. */
  readonly salt: Uint8Array
  readonly sender: SenderKeys
}

const KEY_INFO = Buffer.from('WebPush: info\0')
const CEK_INFO = Buffer.from('Content-Encoding: aes128gcm\0')
const NONCE_INFO = Buffer.from('Content-Encoding: nonce\0')
const CEK_BYTES = 16
const NONCE_BYTES = 12
const HASH_BYTES = 32
const HASH_BLOCK_BYTES = 64
const COORDINATE_BYTES = 32

export function newSenderKeys(): SenderKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return { privateKey, point: pointOf(publicKey) }
}

/** Throws when `p256dh` is no point of the curve. */
export function encrypt({ p256dh, auth, plaintext, salt, sender }: EncryptInput): Buffer {
  const secret = diffieHellman({ privateKey: sender.privateKey, publicKey: keyOf(p256dh) })
  const keyMaterial = expand(hmac(auth, secret), [KEY_INFO, p256dh, sender.point])
  const key = hmac(salt, keyMaterial)
  const cipher = createCipheriv(
    'aes-128-gcm',
    expand(key, [CEK_INFO]).subarray(0, CEK_BYTES),
    expand(key, [NONCE_INFO]).subarray(0, NONCE_BYTES),
  )
  const body = Buffer.allocUnsafe(plaintext.length + OVERHEAD_BYTES)
  body.set(salt, 0)
  body.writeUInt32BE(WEB_PUSH_MAX_BODY_BYTES, WEB_PUSH_SALT_BYTES)
  body[WEB_PUSH_SALT_BYTES + 4] = P256_POINT_BYTES
  body.set(sender.point, WEB_PUSH_HEADER_BYTES - P256_POINT_BYTES)
  // As long as the plaintext, since GCM is a stream cipher.
  body.set(cipher.update(plaintext), WEB_PUSH_HEADER_BYTES)
  body.set(cipher.update(Uint8Array.of(WEB_PUSH_DELIMITER)), WEB_PUSH_HEADER_BYTES + plaintext.length)
  cipher.final()
  body.set(cipher.getAuthTag(), body.length - WEB_PUSH_TAG_BYTES)
  return body
}

/** The first block of HKDF-Expand (RFC 5869 §2.3), which is all that is needed of it. */
function expand(key: Uint8Array, info: readonly Uint8Array[]): Buffer {
  return hmac(key, Buffer.concat([...info, Uint8Array.of(1)]))
}

/**
 * HMAC-SHA-256 (RFC 2104) for keys of one block at most. Two one-shot hashes cost a sixth of Node's Hmac object or its
 * `hkdfSync`, and a message takes five.
 */
function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  const inner = Buffer.alloc(HASH_BLOCK_BYTES + data.length, 0x36)
  const outer = Buffer.alloc(HASH_BLOCK_BYTES + HASH_BYTES, 0x5c)
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  inner.set(data, HASH_BLOCK_BYTES)
  outer.set(hash('sha256', inner, 'buffer'), HASH_BLOCK_BYTES)
  return hash('sha256', outer, 'buffer')
}

function keyOf(point: Uint8Array): KeyObject {
  const bytes = Buffer.from(point.buffer, point.byteOffset, point.length)
  const x = bytes.toString('base64url', 1, 1 + COORDINATE_BYTES)
  const y = bytes.toString('base64url', 1 + COORDINATE_BYTES)
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

/** By way of a JWK, the cheapest export there is. */
function pointOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' }) as JsonWebKey
  const point = Buffer.alloc(P256_POINT_BYTES, 4)
  point.write(x, 1, 'base64url')
  point.write(y, 1 + COORDINATE_BYTES, 'base64url')
  return point
}
