// A clock that stands still until it is told to go on; waits end when their time has come.
import type { Clock } from '../../src/util/clock.ts'
import { createVirtualTime } from './virtual-time.ts'

export interface ManualClock extends Clock {
  /** Moves time on, and lets everything run that waited for it. */
  advance(ms: number): Promise<void>
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  const { now, sleep, moveTo } = createVirtualTime(start)
  return {
    now,
    sleep,
    async advance(ms) {
      moveTo(now() + ms)
      // Whoever waited goes on in promises; those all run before the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
