// Refuses content that no transport could carry; each transport's own `check` is stricter.
import { isStorableText, type MessageContent } from './message.ts'
import {
  ANDROID_TEXTS,
  type AndroidOptions,
  type AndroidText,
  type Notification,
  PRIORITIES,
  VISIBILITIES,
} from './notification.ts'
import { InputError } from './push-error.ts'

const MAX_DATA_KEYS = 100
const MAX_CONTENT_BYTES = 16_384
const MAX_COLLAPSE_KEY_BYTES = 1024
const MAX_NOTIFICATION_TEXT_BYTES = 4096
const MAX_URL_BYTES = 2048
const MAX_NAME_BYTES = 256
const MAX_COUNT = 1_000_000

/** Throws InputError PUSH_MESSAGE_INVALID or PUSH_MESSAGE_TOO_BIG. */
export function assertContent(content: MessageContent): void {
  assertData(content.data)
  assertCollapseKey(content.collapseKey)
  if (content.notification !== undefined) assertNotification(content.notification)
  if (content.priority !== undefined && !PRIORITIES.includes(content.priority)) {
    throw invalid(`priority must be ${PRIORITIES.join(' or ')}.`)
  }
  if (content.android !== undefined) assertAndroid(content.android, content.notification !== undefined)
}

function assertData(data: MessageContent['data']): void {
  const entries = Object.entries(data)
  if (entries.length > MAX_DATA_KEYS) throw invalid(`data has ${entries.length} keys; at most ${MAX_DATA_KEYS}.`)
  let bytes = 0
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw invalid(`data.${key} is not a string; every value must be one.`)
    if (key === '' || !isStorableText(key) || !isStorableText(value)) {
      throw invalid('data has an empty key, or a NUL character or lone surrogate in a key or value.')
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_CONTENT_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', { detail: `data is ${bytes} bytes; at most ${MAX_CONTENT_BYTES}.` })
  }
}

function assertCollapseKey(key: string | undefined): void {
  if (key === undefined) return
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > MAX_COLLAPSE_KEY_BYTES || !isStorableText(key)) {
    throw invalid(`collapseKey is ${bytes} bytes; from 1 to ${MAX_COLLAPSE_KEY_BYTES}, without NUL.`)
  }
}

function assertNotification({ title, body, image }: Notification): void {
  if (!title && !body) throw invalid('notification needs a title or a body.')
  assertText('notification.title', title, MAX_NOTIFICATION_TEXT_BYTES)
  assertText('notification.body', body, MAX_NOTIFICATION_TEXT_BYTES)
  assertPicture('notification.image', image)
}

function assertAndroid(android: AndroidOptions, hasNotification: boolean): void {
  const { directBootOk, ...shown } = android
  if (!hasNotification && Object.values(shown).some((value) => value !== undefined)) {
    throw invalid('android says how a notification is shown, but there is no notification.')
  }
  for (const name of ANDROID_TEXTS) assertAndroidText(name, android[name])
  const { visibility, notificationCount: count, sticky } = shown
  if (visibility !== undefined && !VISIBILITIES.includes(visibility)) {
    throw invalid(`android.visibility must be one of ${VISIBILITIES.join(', ')}.`)
  }
  if (count !== undefined && !(Number.isInteger(count) && count >= 0 && count <= MAX_COUNT)) {
    throw invalid(`android.notificationCount must be a whole number from 0 to ${MAX_COUNT}.`)
  }
  for (const [name, flag] of Object.entries({ sticky, directBootOk })) {
    if (flag !== undefined && typeof flag !== 'boolean') throw invalid(`android.${name} must be true or false.`)
  }
}

function assertAndroidText(name: AndroidText, value: string | undefined): void {
  if (name === 'imageUrl') assertPicture('android.imageUrl', value)
  else assertText(`android.${name}`, value, MAX_NAME_BYTES)
  if (name === 'color' && value !== undefined && !/^#[0-9a-f]{6}$/i.test(value)) {
    throw invalid('android.color must be #rrggbb.')
  }
}

function assertPicture(name: string, url: string | undefined): void {
  assertText(name, url, MAX_URL_BYTES)
  if (url !== undefined && URL.parse(url)?.protocol !== 'https:') throw invalid(`${name} must be an https:// URL.`)
}

function assertText(name: string, value: string | undefined, maxBytes: number): void {
  if (value === undefined) return
  if (typeof value !== 'string') throw invalid(`${name} is not a string.`)
  const bytes = Buffer.byteLength(value)
  if (bytes > maxBytes || !isStorableText(value)) {
    throw invalid(`${name} is ${bytes} bytes; at most ${maxBytes}, without NUL or lone surrogates.`)
  }
}

function invalid(detail: string): InputError {
  return new InputError('PUSH_MESSAGE_INVALID', { detail })
}
