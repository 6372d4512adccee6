// The secret that a device echoes to prove its address. It exists only in the push that carries it; what is stored is
// its hash.
import { createHash } from 'node:crypto'
import type { Random } from '../util/random.ts'

/** 144 bits, which base64url writes as 24 characters. */
const SECRET_BYTES = 18

export function makeConfirmationToken(random: Random): string {
  return random.bytes(SECRET_BYTES).toString('base64url')
}

export function hashConfirmationToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
