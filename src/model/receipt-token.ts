// The token that a device sends back with a receipt. It names the message and the device and is signed, so that a
// receipt can be believed of whoever was sent the message, and of nobody else.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** `opened` says `delivered`, too. */
export const RECEIPT_EVENTS = ['delivered', 'opened'] as const
export type ReceiptEvent = (typeof RECEIPT_EVENTS)[number]

/** The key under which a device finds its token: of the data, of APNs' payload, of Web Push's text. */
export const RECEIPT_KEY = 'receipt'

export interface ReceiptSubject {
  readonly app: string
  readonly messageId: string
  /** The row id of the device. */
  readonly device: string
  /** UTC date, YYYY-MM-DD: the ledger partition of the message. */
  readonly releasedOn: string
}

export interface ReceiptTokens {
  issue(subject: ReceiptSubject): string
  /** Undefined for a token that was not issued for this app with this secret. */
  read(app: string, token: string): ReceiptSubject | undefined
}

const VERSION = 1
const ID_BYTES = 16
const BODY_BYTES = 1 + ID_BYTES + ID_BYTES + 2
/** Of HMAC-SHA-256; RFC 2104 §5 asks for half of it at least. */
const MAC_BYTES = 16
/** 51 bytes fill it without a bit to spare, so that no two texts are one token. */
export const RECEIPT_TOKEN_LENGTH = ((BODY_BYTES + MAC_BYTES) * 4) / 3
const TOKEN = new RegExp(`^[\\w-]{${RECEIPT_TOKEN_LENGTH}}$`)
const DAY_MS = 86_400_000

export function createReceiptTokens(secret: string): ReceiptTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, 'sendword', 'receipt-token-1', 32))
  // The body has one length, so that no name of an app can run into it.
  const macOf = (app: string, body: Uint8Array) =>
    createHmac('sha256', key).update(app).update('\0').update(body).digest().subarray(0, MAC_BYTES)
  return {
    issue(subject) {
      const body = encodeBody(subject)
      return Buffer.concat([body, macOf(subject.app, body)]).toString('base64url')
    },
    read(app, token) {
      if (!TOKEN.test(token)) return undefined
      const bytes = Buffer.from(token, 'base64url')
      const body = bytes.subarray(0, BODY_BYTES)
      const isGenuine = timingSafeEqual(bytes.subarray(BODY_BYTES), macOf(app, body))
      return isGenuine && body[0] === VERSION ? decodeBody(app, body) : undefined
    },
  }
}

function encodeBody({ messageId, device, releasedOn }: ReceiptSubject): Buffer {
  const body = Buffer.alloc(BODY_BYTES)
  body.writeUInt8(VERSION)
  body.write(messageId.replaceAll('-', ''), 1, 'hex')
  body.write(device.replaceAll('-', ''), 1 + ID_BYTES, 'hex')
  body.writeUInt16BE(Date.parse(releasedOn) / DAY_MS, 1 + ID_BYTES + ID_BYTES)
  return body
}

function decodeBody(app: string, body: Buffer): ReceiptSubject {
  const day = body.readUInt16BE(1 + ID_BYTES + ID_BYTES)
  return {
    app,
    messageId: uuidAt(body, 1),
    device: uuidAt(body, 1 + ID_BYTES),
    releasedOn: new Date(day * DAY_MS).toISOString().slice(0, 10),
  }
}

function uuidAt(bytes: Buffer, start: number): string {
  const hex = bytes.toString('hex', start, start + ID_BYTES)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
