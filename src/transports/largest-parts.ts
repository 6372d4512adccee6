// What a message that is too big is told to be made of: the largest parts, with the bytes of each.

export interface Part {
  readonly name: string
  readonly bytes: number
}

const NAMED = 5
const KEY_NAME_SHOWN = 40

/** Names the largest parts, and sums up the others. */
export function nameLargest(parts: readonly Part[]): string {
  const others = byBytes(parts).slice(NAMED)
  const rest = others.length > 0 ? [`${others.length} more ${others.reduce((sum, { bytes }) => sum + bytes, 0)}`] : []
  return [nameOnlyLargest(parts), ...rest].filter((text) => text !== '').join(', ')
}

/** The same without the others, where the parts do not add up to the whole. */
export function nameOnlyLargest(parts: readonly Part[]): string {
  return byBytes(parts)
    .slice(0, NAMED)
    .map(({ name, bytes }) => `${name} ${bytes}`)
    .join(', ')
}

/** The name of a key, which may be as long as a message. */
export function shorten(key: string): string {
  return key.length <= KEY_NAME_SHOWN ? key : `${key.slice(0, KEY_NAME_SHOWN)}…`
}

function byBytes(parts: readonly Part[]): readonly Part[] {
  return parts.toSorted((a, b) => b.bytes - a.bytes)
}
