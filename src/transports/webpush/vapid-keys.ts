// The key pair by which push services know the application server (RFC 8292), in the form that other servers keep it in.
import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto'

/** Both in base64url: a P-256 point that is not compressed, and the secret number. */
export interface VapidKeyTexts {
  readonly publicKey: string
  readonly privateKey: string
}

export interface VapidKeys {
  /** The `applicationServerKey` of browsers. */
  readonly publicKey: string
  readonly privateKey: KeyObject
}

const CURVE = 'prime256v1'
const PRIVATE_KEY_BYTES = 32
const COORDINATE_BYTES = 32
const PRIVATE_KEY = /^[A-Za-z0-9_-]{43}=?$/

export function newVapidKeyTexts(): VapidKeyTexts {
  const ecdh = createECDH(CURVE)
  const publicKey = ecdh.generateKeys().toString('base64url')
  const secret = Buffer.alloc(PRIVATE_KEY_BYTES)
  const number = ecdh.getPrivateKey()
  // Leading zeros are left out there.
  secret.set(number, PRIVATE_KEY_BYTES - number.length)
  return { publicKey, privateKey: secret.toString('base64url') }
}

/** `problem`: completes a sentence about the pair, and shows nothing of it. */
export function readVapidKeys(texts: VapidKeyTexts): VapidKeys | { readonly problem: string } {
  if (!PRIVATE_KEY.test(texts.privateKey)) return { problem: 'privateKey must be 32 bytes in base64url.' }
  const point = publicPoint(texts.privateKey)
  if (point === undefined) return { problem: 'privateKey is no key of the curve P-256.' }
  const publicKey = point.toString('base64url')
  if (texts.publicKey.replace(/=+$/, '') !== publicKey) {
    return { problem: 'publicKey does not belong to privateKey; it must be that key’s 65 bytes in base64url.' }
  }
  const [x, y] = [point.subarray(1, 1 + COORDINATE_BYTES), point.subarray(1 + COORDINATE_BYTES)]
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
  const d = texts.privateKey.replace(/=$/, '')
  return { publicKey, privateKey: createPrivateKey({ key: { ...jwk, d }, format: 'jwk' }) }
}

function publicPoint(privateKey: string): Buffer | undefined {
  try {
    const ecdh = createECDH(CURVE)
    ecdh.setPrivateKey(privateKey, 'base64url')
    return ecdh.getPublicKey()
  } catch {
    // Zero, or beyond the order of the curve.
    return undefined
  }
}
