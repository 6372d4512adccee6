// Opens the body of a Web Push message with its receiver's keys (RFC 8291 §3 and §4, RFC 8188 §2), and says what is wrong
// with one that does not open.
import { createDecipheriv, createHmac, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import {
  P256_POINT_BYTES,
  WEB_PUSH_DELIMITER,
  WEB_PUSH_HEADER_BYTES,
  WEB_PUSH_SALT_BYTES,
  WEB_PUSH_TAG_BYTES,
} from '../../protocols/web-push.ts'
import type { MessageRecipient } from '../devices/push-subscription.ts'

export type Opened = { readonly plaintext: Buffer } | { readonly objection: string }

const KEY_BYTES = 16
const NONCE_BYTES = 12
const HASH_BYTES = 32

export function decryptMessage(body: Buffer, recipient: MessageRecipient): Opened {
  if (body.length < WEB_PUSH_HEADER_BYTES + WEB_PUSH_TAG_BYTES + 1) {
    return objection(`it is ${body.length} bytes, too short for a header and one record`)
  }
  const salt = body.subarray(0, WEB_PUSH_SALT_BYTES)
  const recordSize = body.readUInt32BE(WEB_PUSH_SALT_BYTES)
  const idLength = body[WEB_PUSH_SALT_BYTES + 4]
  if (idLength !== P256_POINT_BYTES) {
    return objection(`its key id is ${idLength} bytes; it must be the sender's public key, ${P256_POINT_BYTES} bytes`)
  }
  const record = body.subarray(WEB_PUSH_HEADER_BYTES)
  // Greater, not equal: a message is a single record, and the last one is shorter than the record size (RFC 8291 §4).
  if (recordSize <= record.length) {
    return objection(
      `its record size is ${recordSize}, which is not more than the ${record.length} bytes of its record`,
    )
  }
  const senderPoint = body.subarray(WEB_PUSH_HEADER_BYTES - P256_POINT_BYTES, WEB_PUSH_HEADER_BYTES)
  const sender = importPoint(senderPoint)
  if (!sender) return objection("the sender's public key is no point of P-256")
  const padded = openRecord(record, deriveKeys(salt, sender, senderPoint, recipient))
  if (!padded) return objection("it does not open with the subscription's keys")
  return unpad(padded)
}

/** A point that is not compressed, or undefined when there is none such on P-256. */
export function importPoint(point: Buffer): KeyObject | undefined {
  if (point.length !== P256_POINT_BYTES || point[0] !== 4) return undefined
  const x = point.toString('base64url', 1, 33)
  const y = point.toString('base64url', 33)
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  } catch {
    // Not on the curve.
    return undefined
  }
}

interface RecordKeys {
  readonly key: Buffer
  readonly nonce: Buffer
}

function deriveKeys(salt: Buffer, sender: KeyObject, senderPoint: Buffer, recipient: MessageRecipient): RecordKeys {
  const { privateKey, publicKey, auth } = recipient
  const shared = diffieHellman({ privateKey, publicKey: sender })
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, senderPoint])
  const input = expand(hmac(auth, shared), info, HASH_BYTES)
  const pseudorandom = hmac(salt, input)
  return {
    key: expand(pseudorandom, Buffer.from('Content-Encoding: aes128gcm\0'), KEY_BYTES),
    nonce: expand(pseudorandom, Buffer.from('Content-Encoding: nonce\0'), NONCE_BYTES),
  }
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** HKDF-Expand (RFC 5869 §2.3) for no more than one hash. */
function expand(key: Buffer, info: Buffer, length: number): Buffer {
  return hmac(key, Buffer.concat([info, Buffer.from([1])])).subarray(0, length)
}

function openRecord(record: Buffer, { key, nonce }: RecordKeys): Buffer | undefined {
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(record.subarray(-WEB_PUSH_TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(record.subarray(0, -WEB_PUSH_TAG_BYTES)), decipher.final()])
  } catch {
    // The tag does not fit: other keys, or other bytes than were sealed.
    return undefined
  }
}

function unpad(padded: Buffer): Opened {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (padded[end] !== WEB_PUSH_DELIMITER) {
    return objection(`its padding does not begin with the byte ${WEB_PUSH_DELIMITER}, as in a last record`)
  }
  return { plaintext: padded.subarray(0, end) }
}

function objection(what: string): Opened {
  return { objection: `The body cannot be decrypted: ${what}.` }
}
