// Whether FCM would take a message, and which key or length is to blame when it would not. Pure.
import type { CheckFailure } from '../../model/check-failure.ts'
import type { MessageContent } from '../../model/message.ts'
import { FCM_MAX_MESSAGE_BYTES, FCM_RESERVED_KEYS, FCM_RESERVED_PREFIXES } from '../../protocols/fcm.ts'
import { nameLargest, shorten } from '../largest-parts.ts'
import { compileMessage, type Fields, fieldsOf } from './compile.ts'
import { measureFcm } from './size.ts'

export function checkFcmContent(content: MessageContent): CheckFailure | undefined {
  const message = compileMessage(content)
  return checkKeys(message) ?? checkNotification(content) ?? checkApple(message) ?? checkSize(message)
}

function checkKeys({ data, android }: Fields): CheckFailure | undefined {
  const keys = [...Object.keys(fieldsOf(data)), ...Object.keys(fieldsOf(fieldsOf(android).data))]
  const reserved = keys.find(isReserved)
  if (reserved === undefined) return undefined
  const all = [...FCM_RESERVED_KEYS, ...FCM_RESERVED_PREFIXES.map((prefix) => `${prefix}…`)].join(', ')
  return invalid(`data.${shorten(reserved)} is a key that FCM keeps for itself (${all}).`)
}

function isReserved(key: string): boolean {
  return (
    FCM_RESERVED_KEYS.some((reserved) => reserved === key) ||
    FCM_RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix))
  )
}

function checkNotification({ notification }: MessageContent): CheckFailure | undefined {
  if (!notification || notification.title || notification.body) return undefined
  return invalid('notification needs a title or a body.')
}

/** What only an override can get wrong. */
function checkApple({ notification, apns }: Fields): CheckFailure | undefined {
  const { headers, payload } = fieldsOf(apns)
  const { aps } = fieldsOf(payload)
  if (payload !== undefined && typeof aps !== 'object') {
    return invalid('overrides.fcm.apns.payload needs an object aps.')
  }
  const priority = fieldsOf(headers)['apns-priority']
  const isSilent = notification === undefined && fieldsOf(aps).alert === undefined
  if (!isSilent || priority === undefined || priority === '5') return undefined
  return invalid('overrides.fcm.apns.headers.apns-priority must be "5" where there is data only.')
}

function checkSize(message: Fields): CheckFailure | undefined {
  const { total, parts, apple, web } = measureFcm(message)
  if (total > FCM_MAX_MESSAGE_BYTES) {
    return tooBig(
      `The message is ${total} bytes; FCM takes ${FCM_MAX_MESSAGE_BYTES}, counted in UTF-8, each key of data with its ` +
        `name: ${nameLargest(parts)}.`,
    )
  }
  for (const [name, bytes] of Object.entries({ apns: apple, webpush: web })) {
    if (bytes > FCM_MAX_MESSAGE_BYTES) {
      return tooBig(`What the message says for ${name} alone is ${bytes} bytes; FCM takes ${FCM_MAX_MESSAGE_BYTES}.`)
    }
  }
  return undefined
}

function invalid(detail: string): CheckFailure {
  return { code: 'PUSH_MESSAGE_INVALID', detail }
}

function tooBig(detail: string): CheckFailure {
  return { code: 'PUSH_MESSAGE_TOO_BIG', detail }
}
