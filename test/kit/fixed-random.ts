// Chance that is none: fractions as given, bytes that count up.
import type { Random } from '../../src/util/random.ts'

export function fixedRandom(fraction = 0): Random {
  let next = 0
  return {
    bytes: (length) => Buffer.from(Array.from({ length }, () => next++ & 0xff)),
    fraction: () => fraction,
  }
}
