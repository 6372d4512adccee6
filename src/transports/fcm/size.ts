// How large a message is as FCM counts it, and which part of it takes how much. Pure.
import { RECEIPT_TOKEN_LENGTH } from '../../model/receipt-token.ts'
import { type Part, shorten } from '../largest-parts.ts'
import { RECEIPT_SLOT } from '../receipt-slot.ts'
import { type Fields, fieldsOf } from './compile.ts'

export interface MessageSize {
  /** In UTF-8: the data, each key with its value, and the texts of the notification. */
  readonly total: number
  /** Those of the total. */
  readonly parts: readonly Part[]
  /** What the parts for iOS and browsers hold beside the total, as JSON. */
  readonly apple: number
  readonly web: number
}

/** @param message Compiled. */
export function measureFcm({ data, notification, ...message }: Fields): MessageSize {
  const android = fieldsOf(message.android)
  const parts = [
    ...(android.data ? dataParts('android.data', android.data) : dataParts('data', data)),
    ...textParts('notification', notification),
    ...textParts('android.notification', android.notification),
  ]
  const webpush = fieldsOf(message.webpush)
  return {
    total: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    parts,
    apple: jsonBytes(fieldsOf(message.apns).payload),
    web: jsonBytes(webpush.notification) + jsonBytes(webpush.data),
  }
}

function dataParts(where: string, data: unknown): Part[] {
  return Object.entries(fieldsOf(data)).map(([key, value]) => ({
    name: `${where}.${shorten(key)}`,
    bytes: Buffer.byteLength(key) + (value === RECEIPT_SLOT ? RECEIPT_TOKEN_LENGTH : Buffer.byteLength(String(value))),
  }))
}

function textParts(where: string, shown: unknown): Part[] {
  return Object.entries(fieldsOf(shown)).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name: `${where}.${name}`, bytes: Buffer.byteLength(value) }] : [],
  )
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}
