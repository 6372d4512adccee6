// How fast FCM lets collapsible messages through to one device: a burst, and then one after the other.
import type { Clock } from '../../util/clock.ts'
import type { CollapsibleQuota } from '../quotas/quota-settings.ts'

export interface CollapsibleThrottle {
  /** Whether a message may pass now; then it is counted. */
  pass(): boolean
  /** Milliseconds until the next one may. */
  readonly waitMs: number
}

/** `quota`: undefined lets all pass. */
export function createCollapsibleThrottle(
  clock: Clock,
  quota: () => CollapsibleQuota | undefined,
): CollapsibleThrottle {
  /** The time at which the whole burst is there again. */
  let fullAt = Number.NEGATIVE_INFINITY

  /** When so many are spent that one more would be too many: milliseconds until it is not. */
  function shortfall({ burst, refillMs }: CollapsibleQuota): number {
    return Math.max(fullAt, clock.now()) + refillMs - (clock.now() + burst * refillMs)
  }

  return {
    pass() {
      const limit = quota()
      if (!limit) return true
      if (shortfall(limit) > 0) return false
      fullAt = Math.max(fullAt, clock.now()) + limit.refillMs
      return true
    },
    get waitMs() {
      const limit = quota()
      return limit ? Math.max(0, shortfall(limit)) : 0
    },
  }
}
