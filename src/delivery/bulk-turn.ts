// When to look for slices of an audience: where there are none, single messages must not pay for looking all the time.
import type { Clock } from '../util/clock.ts'

/** None is announced when a delayed job falls due. */
const LOOK_EVERY_MS = 1_000

export interface BulkTurn {
  isDue(): boolean
  /** Runs a look, which answers whether there may be more; if not, and nobody calls meanwhile, the next is due later. */
  take(look: () => Promise<boolean>): Promise<boolean>
  /** Somebody says that there are some. */
  call(): void
}

export function createBulkTurn(clock: Clock): BulkTurn {
  let dueAt = Number.NEGATIVE_INFINITY
  let calls = 0
  return {
    isDue: () => clock.now() >= dueAt,
    async take(look) {
      const before = calls
      const mayHaveMore = await look()
      if (!mayHaveMore && calls === before) dueAt = clock.now() + LOOK_EVERY_MS
      return mayHaveMore
    },
    call() {
      calls++
      dueAt = Number.NEGATIVE_INFINITY
    },
  }
}
