// The fields of one C2DM send, and how many bytes of the 1024 they take.
import type { Form } from '../server/form-request.ts'

export interface C2dmSend {
  /** Empty when the field is missing. */
  readonly registrationId: string
  /** Empty when the field is missing. */
  readonly collapseKey: string
  /** The presence of the field is the flag, whatever its value. */
  readonly delayWhileIdle: boolean
  readonly data: Readonly<Record<string, string>>
}

const DATA_PREFIX = 'data.'

/** Returns the send, or what is wrong with the form's names. */
export function readSend(form: Form): C2dmSend | string {
  const data: [string, string][] = []
  for (const [name, value] of form) {
    if (name.startsWith(DATA_PREFIX)) {
      if (name.length === DATA_PREFIX.length) return 'A field is named "data." with nothing behind the dot.'
      data.push([name.slice(DATA_PREFIX.length), value])
    } else if (name !== 'registration_id' && name !== 'collapse_key' && name !== 'delay_while_idle') {
      return `There is no field ${name}; those of a message are named data.<key>.`
    }
  }
  return {
    registrationId: form.get('registration_id') ?? '',
    collapseKey: form.get('collapse_key') ?? '',
    delayWhileIdle: form.has('delay_while_idle'),
    // Not by assignment: a key may be __proto__.
    data: Object.fromEntries(data),
  }
}

/**
 * How the bytes of a message are counted; Google never said how it did. `encoded`: key names, values and collapse key
 * as percent-encoded UTF-8, in which A–Z a–z 0–9 _ . - / take one byte and any other byte takes three (Python's
 * `urllib.quote`, by which django-c2dm counted). `plain`: key names and values as UTF-8.
 */
export type ByteCounting = 'encoded' | 'plain'

export function messageBytes({ data, collapseKey }: C2dmSend, counting: ByteCounting): number {
  const size = counting === 'encoded' ? encodedBytes : Buffer.byteLength
  let bytes = counting === 'encoded' ? size(collapseKey) : 0
  for (const [key, value] of Object.entries(data)) bytes += size(key) + size(value)
  return bytes
}

function encodedBytes(text: string): number {
  const escaped = text.replace(/[\w./-]+/g, '')
  return text.length - escaped.length + 3 * Buffer.byteLength(escaped)
}
