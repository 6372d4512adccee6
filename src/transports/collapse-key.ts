// A collapse key as a push service takes it: itself, or its hash, which serves as well, for a key is only ever compared.
import { createHash } from 'node:crypto'

/** Where the key does not fit: 43 characters of base64url. */
export function collapseKeyWithin(key: string, fits: boolean): string {
  return fits ? key : createHash('sha256').update(key).digest('base64url')
}
