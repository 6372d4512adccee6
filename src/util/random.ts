// The one source of randomness, injected so that tests can rule it.
import { randomBytes } from 'node:crypto'

export interface Random {
  /** `length` bytes from a cryptographically secure generator. */
  bytes(length: number): Buffer
  /** A fraction in [0, 1), for jitter; not for secrets. */
  fraction(): number
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  fraction: () => Math.random(),
}
