// Names that an application gives to groups, channels and fields, and its own ids of its users.
import { hasControl } from './device.ts'
import { isStorableText } from './message.ts'
import { InputError } from './push-error.ts'

/** Bytes (UTF-8) of the name of a group, a channel or a field. */
const MAX_NAME_BYTES = 64
/** Bytes (UTF-8) of a user's id. */
const MAX_USER_ID_BYTES = 255

/** Throws InputError PUSH_REQUEST_INVALID. */
export function assertName(of: 'group' | 'channel' | 'field', name: string): void {
  assertBytes(`The name of a ${of}`, name, MAX_NAME_BYTES)
}

/** Throws InputError PUSH_REQUEST_INVALID. */
export function assertUserId(userId: string): void {
  assertBytes('A user’s id', userId, MAX_USER_ID_BYTES)
}

/** Whether a group, a channel or a field can be called so. */
export function isName(text: string): boolean {
  return fits(text, MAX_NAME_BYTES)
}

function fits(text: string, max: number): boolean {
  const bytes = Buffer.byteLength(text)
  return bytes >= 1 && bytes <= max && isStorableText(text) && !hasControl(text)
}

function assertBytes(what: string, text: string, max: number): void {
  if (fits(text, max)) return
  throw new InputError('PUSH_REQUEST_INVALID', {
    detail: `${what} must be 1 to ${max} bytes of UTF-8, without control characters.`,
  })
}
