// Whether C2DM could carry a message, and what is how long when it could not. Pure.
import type { CheckFailure } from '../../model/check-failure.ts'
import type { MessageContent } from '../../model/message.ts'
import { RECEIPT_KEY, RECEIPT_TOKEN_LENGTH } from '../../model/receipt-token.ts'
import { C2DM_MAX_MESSAGE_BYTES } from '../../protocols/c2dm.ts'
import { DERIVED_COLLAPSE_KEY_BYTES } from './encode.ts'

const KEYS_NAMED = 5
const KEY_NAME_SHOWN = 40

/** A message, and what each part of it takes of C2DM's bound. */
export interface MessageSize {
  readonly total: number
  readonly shares: readonly { readonly key: string; readonly bytes: number }[]
  readonly collapseKeyBytes: number
}

export function checkC2dmContent(content: MessageContent): CheckFailure | undefined {
  if (content.validateOnly) {
    return { code: 'PUSH_MESSAGE_INVALID', detail: 'validateOnly is not for C2DM, which has no such thing.' }
  }
  if (content.notification !== undefined && Object.keys(content.data).length === 0) {
    return {
      code: 'PUSH_MESSAGE_INVALID',
      detail: 'C2DM carries data only, and this message has a notification and no data: say it in data too.',
    }
  }
  const { total, shares, collapseKeyBytes } = measureC2dm(content)
  if (total <= C2DM_MAX_MESSAGE_BYTES) return undefined

  const longest = shares.toSorted((a, b) => b.bytes - a.bytes)
  const named = longest.slice(0, KEYS_NAMED).map(({ key, bytes }) => `data.${shorten(key)} ${bytes}`)
  const others = longest.slice(KEYS_NAMED)
  if (others.length > 0) {
    named.push(`${others.length} more keys ${others.reduce((sum, { bytes }) => sum + bytes, 0)}`)
  }
  named.push(
    `collapse key ${collapseKeyBytes}${content.collapseKey === undefined ? ' (made from the message id)' : ''}`,
  )
  return {
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail:
      `The message is ${total} bytes; C2DM takes ${C2DM_MAX_MESSAGE_BYTES}, counted percent-encoded, ` +
      `each key with its name: ${named.join(', ')}.`,
  }
}

export function measureC2dm({ data, collapseKey, receipts }: MessageContent): MessageSize {
  const shares = Object.entries(data).map(([key, value]) => ({ key, bytes: encodedBytes(key) + encodedBytes(value) }))
  if (receipts) shares.push({ key: RECEIPT_KEY, bytes: RECEIPT_KEY.length + RECEIPT_TOKEN_LENGTH })
  const collapseKeyBytes = collapseKey === undefined ? DERIVED_COLLAPSE_KEY_BYTES : encodedBytes(collapseKey)
  return { total: shares.reduce((sum, { bytes }) => sum + bytes, collapseKeyBytes), shares, collapseKeyBytes }
}

/**
 * As django-c2dm counted, with Python's `urllib.quote`: UTF-8 bytes, three for each that is not a letter, a digit or
 * one of `_.-/`.
 */
function encodedBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  const kept = text.match(/[A-Za-z0-9_.\-/]/g)?.length ?? 0
  return kept + (bytes - kept) * 3
}

function shorten(key: string): string {
  return key.length <= KEY_NAME_SHOWN ? key : `${key.slice(0, KEY_NAME_SHOWN)}…`
}
