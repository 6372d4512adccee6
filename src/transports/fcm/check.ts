// Whether FCM would take a message, and which key or length is to blame when it would not. Pure.
import type { CheckFailure } from '../../model/check-failure.ts'
import type { MessageContent } from '../../model/message.ts'
import { FCM_MAX_MESSAGE_BYTES, FCM_RESERVED_KEYS, FCM_RESERVED_PREFIXES } from '../../protocols/fcm.ts'

const PARTS_NAMED = 5
const KEY_NAME_SHOWN = 40

export function checkFcmContent(content: MessageContent): CheckFailure | undefined {
  const reserved = Object.keys(content.data).find(isReserved)
  if (reserved !== undefined) {
    const all = [...FCM_RESERVED_KEYS, ...FCM_RESERVED_PREFIXES.map((prefix) => `${prefix}…`)].join(', ')
    return {
      code: 'PUSH_MESSAGE_INVALID',
      detail: `data.${shorten(reserved)} is a key that FCM keeps for itself (${all}).`,
    }
  }
  const { notification } = content
  if (notification && !notification.title && !notification.body) {
    return { code: 'PUSH_MESSAGE_INVALID', detail: 'notification needs a title or a body.' }
  }
  return checkSize(content)
}

function isReserved(key: string): boolean {
  return (
    FCM_RESERVED_KEYS.some((reserved) => reserved === key) ||
    FCM_RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix))
  )
}

/** A message's size as FCM counts it, and which part of it takes how much. */
export interface MessageSize {
  readonly total: number
  readonly parts: readonly { readonly name: string; readonly bytes: number }[]
}

export function measureFcm({ data, notification, android }: MessageContent): MessageSize {
  const inData = Object.entries(data).map(([key, value]) => ({
    name: `data.${shorten(key)}`,
    bytes: Buffer.byteLength(key) + Buffer.byteLength(value),
  }))
  const parts = [...inData, ...textsOf('notification', notification), ...textsOf('android', android)]
  return { total: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts }
}

function checkSize(content: MessageContent): CheckFailure | undefined {
  const { total, parts } = measureFcm(content)
  if (total <= FCM_MAX_MESSAGE_BYTES) return undefined

  const longest = parts.toSorted((a, b) => b.bytes - a.bytes)
  const named = longest.slice(0, PARTS_NAMED).map(({ name, bytes }) => `${name} ${bytes}`)
  const others = longest.slice(PARTS_NAMED)
  if (others.length > 0) named.push(`${others.length} more ${others.reduce((sum, { bytes }) => sum + bytes, 0)}`)
  return {
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail:
      `The message is ${total} bytes; FCM takes ${FCM_MAX_MESSAGE_BYTES}, counted in UTF-8, each key of data with its ` +
      `name: ${named.join(', ')}.`,
  }
}

function textsOf(where: string, part: object = {}): { name: string; bytes: number }[] {
  return Object.entries(part).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ name: `${where}.${name}`, bytes: Buffer.byteLength(value) }] : [],
  )
}

function shorten(key: string): string {
  return key.length <= KEY_NAME_SHOWN ? key : `${key.slice(0, KEY_NAME_SHOWN)}…`
}
