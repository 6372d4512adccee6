// What tells one credential from the next in places that are not sealed.
import { createHash } from 'node:crypto'

const DIGITS = 12

/** Of parts that are beyond guessing, or no secret: the digest gives none of them away. */
export function fingerprint(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGITS)
}
