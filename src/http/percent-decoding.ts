// Percent-encoding, read strictly: what is not valid is refused, never guessed at.

const PRINTABLE = /^[\x20-\x7e]*$/
const TORN_ESCAPE = /%(?![0-9a-f]{2})/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text behind a percent-encoded part of a URL; undefined when an escape is not complete, a byte that must be
 * escaped is not, or the bytes are not UTF-8.
 */
export function decodePercent(part: string): string | undefined {
  if (!PRINTABLE.test(part) || TORN_ESCAPE.test(part)) return undefined
  const bytes = part.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    // Not UTF-8.
    return undefined
  }
}
