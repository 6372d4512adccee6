// Percent-encoding, read strictly: what is not valid is refused, never guessed at.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text behind a percent-encoded part of a URL; undefined when an escape is not complete, or the bytes are not
 * UTF-8. Node gives bytes that were not escaped as Latin-1, and they count as the bytes they are.
 */
export function decodePercent(part: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(part)) return undefined
  const latin1 = part.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bytes = Buffer.from(latin1, 'latin1')
  if (bytes.toString('latin1') !== latin1) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    // Not UTF-8.
    return undefined
  }
}
