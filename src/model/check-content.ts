// Refuses content that no transport could carry; each transport's own `check` is stricter.
import { assertAndroid, assertNotification } from './check-notification.ts'
import { assertOverrides } from './check-overrides.ts'
import { invalidMessage } from './check-text.ts'
import { isStorableText, type MessageContent } from './message.ts'
import { InputError } from './push-error.ts'
import { RECEIPT_KEY } from './receipt-token.ts'
import { URGENCIES } from './urgency.ts'

const MAX_DATA_KEYS = 100
const MAX_CONTENT_BYTES = 16_384
const MAX_COLLAPSE_KEY_BYTES = 1024

/** Throws InputError PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
export function assertContent(content: MessageContent): void {
  assertData(content.data)
  assertCollapseKey(content.collapseKey)
  if (content.notification !== undefined) assertNotification(content.notification)
  if (content.urgency !== undefined && !URGENCIES.includes(content.urgency)) {
    throw invalidMessage(`urgency must be one of ${URGENCIES.join(', ')}.`)
  }
  if (content.android !== undefined) assertAndroid(content.android, content.notification !== undefined)
  if (content.overrides !== undefined) assertOverrides(content.overrides)
  if (content.validateOnly !== undefined && typeof content.validateOnly !== 'boolean') {
    throw invalidMessage('validateOnly must be true or false.')
  }
  if (content.receipts !== undefined && typeof content.receipts !== 'boolean') {
    throw invalidMessage('receipts must be true or false.')
  }
  if (content.receipts) assertReceiptKeyFree(content)
}

function assertData(data: MessageContent['data']): void {
  const entries = Object.entries(data)
  if (entries.length > MAX_DATA_KEYS) throw invalidMessage(`data has ${entries.length} keys; at most ${MAX_DATA_KEYS}.`)
  let bytes = 0
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw invalidMessage(`data.${key} is not a string; every value must be one.`)
    if (key === '' || !isStorableText(key) || !isStorableText(value)) {
      throw invalidMessage('data has an empty key, or a NUL character or lone surrogate in a key or value.')
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_CONTENT_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', { detail: `data is ${bytes} bytes; at most ${MAX_CONTENT_BYTES}.` })
  }
}

/** Where some push service puts the token. */
function assertReceiptKeyFree({ data, overrides = {} }: MessageContent): void {
  const { fcm, apns } = overrides
  const places = {
    data,
    'overrides.fcm.data': fcm?.data,
    'overrides.fcm.android.data': fcm?.android?.data,
    'overrides.fcm.apns.payload': fcm?.apns?.payload,
    'overrides.fcm.webpush.data': fcm?.webpush?.data,
    'overrides.apns.payload': apns?.payload,
  }
  for (const [name, place] of Object.entries(places)) {
    if (typeof place === 'object' && place !== null && Object.hasOwn(place, RECEIPT_KEY)) {
      throw invalidMessage(`${name}.${RECEIPT_KEY} is where a message with receipts has its token.`)
    }
  }
}

function assertCollapseKey(key: string | undefined): void {
  if (key === undefined) return
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > MAX_COLLAPSE_KEY_BYTES || !isStorableText(key)) {
    throw invalidMessage(`collapseKey is ${bytes} bytes; from 1 to ${MAX_COLLAPSE_KEY_BYTES}, without NUL.`)
  }
}
