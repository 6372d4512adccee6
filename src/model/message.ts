// What a message says, apart from whom it goes to.
import { InputError } from './push-error.ts'

export interface MessageContent {
  /** Text by key. On C2DM each key arrives as the intent extra of its name. */
  readonly data: Readonly<Record<string, string>>
  /** Messages with one collapse key replace each other on an unreachable device; none: it never collapses. */
  readonly collapseKey?: string | undefined
  /** C2DM: wait until the device is active. Default false. */
  readonly delayWhileIdle?: boolean | undefined
}

/** Seconds a message may wait before it expires when none are given: one day. */
export const DEFAULT_TTL_SECONDS = 86_400
/** The longest time to live that any push service takes: 28 days (FCM: `android.ttl`, RFC 8030 services alike). */
export const MAX_TTL_SECONDS = 2_419_200
/** Bound of what we take in before a transport's own, stricter check. */
const MAX_DATA_KEYS = 100
const MAX_CONTENT_BYTES = 16_384
const MAX_COLLAPSE_KEY_BYTES = 1024

/** PostgreSQL stores no NUL, and no push service takes a lone surrogate. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** Refuses content that no transport could carry; each transport's own `check` is stricter. */
export function assertContent(content: MessageContent): void {
  const entries = Object.entries(content.data)
  if (entries.length > MAX_DATA_KEYS) {
    throw new InputError('PUSH_MESSAGE_INVALID', {
      detail: `data has ${entries.length} keys; at most ${MAX_DATA_KEYS}.`,
    })
  }
  let bytes = 0
  for (const [key, value] of entries) {
    if (typeof value !== 'string') {
      throw new InputError('PUSH_MESSAGE_INVALID', { detail: `data.${key} is not a string; every value must be one.` })
    }
    if (key === '' || !isStorableText(key) || !isStorableText(value)) {
      throw new InputError('PUSH_MESSAGE_INVALID', {
        detail: 'data has an empty key, or a NUL character or lone surrogate in a key or value.',
      })
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > MAX_CONTENT_BYTES) {
    throw new InputError('PUSH_MESSAGE_TOO_BIG', { detail: `data is ${bytes} bytes; at most ${MAX_CONTENT_BYTES}.` })
  }
  assertCollapseKey(content.collapseKey)
}

function assertCollapseKey(key: string | undefined): void {
  if (key === undefined) return
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > MAX_COLLAPSE_KEY_BYTES || !isStorableText(key)) {
    throw new InputError('PUSH_MESSAGE_INVALID', {
      detail: `collapseKey is ${bytes} bytes; from 1 to ${MAX_COLLAPSE_KEY_BYTES}, without NUL.`,
    })
  }
}
