// Languages by tag (BCP 47): what a message says in each, the canonical form of a tag, and which of several tags is the
// best for a recipient.
import type { Notification } from './notification.ts'

/** What differs in one language; all else stays. */
export interface LocalisedContent {
  readonly notification?: Partial<Notification> | undefined
  readonly data?: Readonly<Record<string, string>> | undefined
}

/** By BCP 47 tag. */
export type Locales = Readonly<Record<string, LocalisedContent>>

/** Bytes of a tag; longer than any in use. */
const MAX_TAG_BYTES = 100

/** As RFC 5646 §4.5 has it; undefined for what is no tag. */
export function canonicalTag(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_TAG_BYTES) return undefined
  try {
    return text === '' ? undefined : Intl.getCanonicalLocales(text)[0]
  } catch {
    // RangeError: no language tag.
    return undefined
  }
}

/**
 * Lookup, RFC 4647 §3.4: the wanted tag, then what is left of it with ever more of its end cut off. Undefined when there
 * is none of these. All tags in their canonical form.
 */
export function lookUpTag(wanted: string, isThere: (tag: string) => boolean): string | undefined {
  let range = wanted
  while (range !== '' && !isThere(range)) range = shorter(range)
  return range === '' ? undefined : range
}

/** Without its last subtag, and without a single letter before that, which says nothing by itself. */
function shorter(range: string): string {
  const cut = range.slice(0, Math.max(0, range.lastIndexOf('-')))
  return cut.at(-2) === '-' || cut.length === 1 ? cut.slice(0, -2) : cut
}
