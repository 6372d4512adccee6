// A collapse key that a platform takes as it is, or its hash, which serves as well: a key is only ever compared.
import { createHash } from 'node:crypto'

/** Of 43 characters, a digest in base64url. */
export function collapseKeyWithin(key: string, fits: boolean): string {
  return fits ? key : createHash('sha256').update(key).digest('base64url')
}
