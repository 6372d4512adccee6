// What is kept of a push service's answer that no table lists: short, printable, and without address, secret or content.

const MAX_RAW_CHARACTERS = 120
const VISIBLE_ASCII = /^[ -~]*$/
/** So long a run of token-like characters may be a secret that we do not know of. */
const OPAQUE_RUN = /[A-Za-z0-9_\-+/.~%:=]{32,}/g

/** The first line of `body`, without the texts of `hidden`. */
export function rawAnswer(body: string, hidden: readonly string[]): string {
  let raw = firstLine(body)
  // An empty text stands between any two characters.
  for (const text of hidden.filter((text) => text !== '')) {
    raw = raw.replaceAll(text, '[hidden]').replaceAll(encodeURIComponent(text), '[hidden]')
  }
  return printable(raw.replace(OPAQUE_RUN, '[hidden]'), MAX_RAW_CHARACTERS)
}

export function firstLine(body: string): string {
  return (
    body
      .trim()
      .split(/\r\n|\n|\r/, 1)[0]
      ?.trim() ?? ''
  )
}

/** Short enough to keep, and without characters that a database or a terminal stumbles over. */
export function printable(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters && VISIBLE_ASCII.test(text)) return text
  return text
    .slice(0, maxCharacters)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
}
