// When a webhook that was not taken is tried again, and when no more: within a day.
import type { Random } from '../util/random.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** After each try. Their sum is under a day, with what chance adds. */
const WAITS_MS = [
  5_000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
  6 * HOUR_MS,
] as const
/** What chance adds at most, so that what failed together does not come back together. */
const SPREAD = 0.2

export const MAX_ATTEMPTS = WAITS_MS.length + 1

/**
 * Milliseconds until the next try; undefined when there is none.
 * @param attempts Tries so far.
 * @param retryAfterMs What the receiver asked for.
 */
export function nextTryMs(attempts: number, random: Random, retryAfterMs = 0): number | undefined {
  const wait = WAITS_MS[attempts - 1]
  if (wait === undefined) return undefined
  return Math.max(Math.round(wait * (1 + SPREAD * random.fraction())), Math.min(retryAfterMs, 6 * HOUR_MS))
}
