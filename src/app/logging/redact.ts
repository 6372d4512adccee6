// What must not be read in a log, taken out of it: values by the name of their field, and whatever in a text looks
// like a credential, a token or an address. A second net: code does not log these in the first place.
import { serialiseError } from './serialise-error.ts'

const REDACTED = '[redacted]'

const MAX_TEXT = 8192
const MAX_DEPTH = 8
const MAX_ITEMS = 100

/** Compared without case, underscores and hyphens. */
const SECRET_FIELDS = new Set([
  'address',
  'addresses',
  'auth',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'parameters',
  'params',
  'pass',
  'privatekey',
  'registrationid',
  'registrationids',
  'setcookie',
  'updateclientauth',
])
const SECRET_ENDINGS = /(token|tokens|password|passwd|secret|secrets|apikey|devicekey)$/

function isSecretField(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return SECRET_FIELDS.has(plain) || SECRET_ENDINGS.test(plain)
}

const SECRET_KEY = '(?:[\\w.-]{0,64}(?:token|password|passwd|secret|api_?key)|registration_?id|auth|l?sid)'

const TEXT_RULES: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  // The query of the two device doors.
  [/(\/(?:registration|confirmation)\/{0,8})\?[^\s"'<>]*/gi, `$1?${REDACTED}`],
  // scheme://user:password@host
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@:]{0,256}(?::[^\s@]{0,512})?@/gi, `$1${REDACTED}@`],
  // Forms, queries and ClientLogin's replies: Auth=…, registration_id=…
  [new RegExp(`(?<![\\w.-])(${SECRET_KEY})=[^\\s&"',;]+`, 'gi'), `$1=${REDACTED}`],
  [new RegExp(`("${SECRET_KEY}"\\s{0,8}:\\s{0,8})"(?:[^"\\\\]|\\\\.)*"`, 'gi'), `$1"${REDACTED}"`],
  // A failed Drizzle query that was turned into text.
  [/\nparams: .*$/s, `\nparams: ${REDACTED}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{16,}/gi, `$1 ${REDACTED}`],
]

export function redactText(text: string): string {
  let result = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  for (const [pattern, replacement] of TEXT_RULES) result = result.replace(pattern, replacement)
  return result
}

/** A request's URL as its log line shows it: the two device doors without their query. */
export function redactQuery(url: string): string {
  const start = url.indexOf('?')
  if (start === -1) return url
  return isDoor(url.slice(0, start)) ? `${url.slice(0, start)}?${REDACTED}` : redactText(url)
}

/** Percent-encoded letters lead to the same door. */
function isDoor(path: string): boolean {
  const plain = path.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
  return /\/(registration|confirmation)\/*$/i.test(plain)
}

export type RedactedFields = Readonly<Record<string, unknown>>

/** A copy that may be written: redacted in depth, errors serialised, without cycles, bounded. */
export function redactFields(fields: Readonly<Record<string, unknown>>): RedactedFields {
  return redactRecord(Object.entries(fields), [fields])
}

function redactRecord(entries: ReadonlyArray<readonly [string, unknown]>, inside: readonly object[]): RedactedFields {
  const kept: Array<[string, unknown]> = []
  for (const [name, value] of entries.slice(0, MAX_ITEMS)) {
    if (value !== undefined) kept.push([name, redactField(name, value, inside)])
  }
  if (entries.length > MAX_ITEMS) kept.push(['…', `${entries.length - MAX_ITEMS} more`])
  return Object.fromEntries(kept)
}

function redactField(name: string, value: unknown, inside: readonly object[]): unknown {
  if (value !== null && typeof value !== 'boolean' && isSecretField(name)) return REDACTED
  return redactValue(value, inside)
}

function redactValue(value: unknown, inside: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'object' && value !== null) return redactObject(value, inside)
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value
}

function redactObject(value: object, inside: readonly object[]): unknown {
  if (inside.includes(value)) return '[circular]'
  if (inside.length > MAX_DEPTH) return '[too deep]'
  if (value instanceof Error) return serialiseError(value, redactText)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof URL) return redactQuery(value.href)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  const within = [...inside, value]
  if (value instanceof Map)
    return redactRecord(
      Array.from(value, ([key, item]) => [String(key), item]),
      within,
    )
  if (Array.isArray(value) || value instanceof Set) return redactList([...value], within)
  return redactRecord(Object.entries(value), within)
}

function redactList(items: readonly unknown[], within: readonly object[]): unknown[] {
  const kept = items.slice(0, MAX_ITEMS).map((item) => redactValue(item, within))
  return items.length > MAX_ITEMS ? [...kept, `… ${items.length - MAX_ITEMS} more`] : kept
}
