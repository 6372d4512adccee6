// Texts, URLs and numbers of a message, each within its bounds; and the error that names the field.
import { isStorableText } from './message.ts'
import { InputError } from './push-error.ts'

const MAX_URL_BYTES = 2048
/** Bytes of a name that an application gave something: a channel, a sound, a drawable. */
export const MAX_NAME_BYTES = 256
const MAX_COUNT = 1_000_000

export function assertText(name: string, value: string | undefined, maxBytes: number): void {
  if (value === undefined) return
  if (typeof value !== 'string') throw invalidMessage(`${name} is not a string.`)
  const bytes = Buffer.byteLength(value)
  if (bytes > maxBytes || !isStorableText(value)) {
    throw invalidMessage(`${name} is ${bytes} bytes; at most ${maxBytes}, without NUL or lone surrogates.`)
  }
}

export function assertHttpsUrl(name: string, url: string | undefined): void {
  assertText(name, url, MAX_URL_BYTES)
  if (url !== undefined && URL.parse(url)?.protocol !== 'https:') {
    throw invalidMessage(`${name} must be an https:// URL.`)
  }
}

export function assertCount(name: string, count: number | undefined): void {
  if (count !== undefined && !(Number.isInteger(count) && count >= 0 && count <= MAX_COUNT)) {
    throw invalidMessage(`${name} must be a whole number from 0 to ${MAX_COUNT}.`)
  }
}

export function invalidMessage(detail: string): InputError {
  return new InputError('PUSH_MESSAGE_INVALID', { detail })
}
