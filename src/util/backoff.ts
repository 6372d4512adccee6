// How long to wait before the next try. Exponential with a cap; jitter only lengthens, so that a wait that a
// push service asked for (Retry-After) is never cut short.
import type { Random } from './random.ts'

export interface BackoffPolicy {
  /** The wait before the first repeat, in milliseconds. */
  readonly baseMs: number
  /** No computed wait is longer than this (before jitter), in milliseconds. */
  readonly capMs: number
}

export interface BackoffInput {
  readonly policy: BackoffPolicy
  /** Repeats made so far: 0 before the first repeat. */
  readonly repeats: number
  /** A wait the other side asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/** max(Retry-After, min(cap, base·2ⁿ)) · (1 + random in [0, 0.5)). */
export function backoffMs({ policy, repeats, retryAfterMs = 0 }: BackoffInput, random: Random): number {
  const exponential = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(repeats, 30))
  return Math.round(Math.max(retryAfterMs, exponential) * (1 + random.fraction() * 0.5))
}
