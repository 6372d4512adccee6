// A clock that stands still until it is told to go on; waits end when their time has come.
import type { Clock } from '../../src/util/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time on, and lets everything run that waited for it. */
  advance(ms: number): Promise<void>
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start
  const waits = new Set<{ readonly at: number; end(): void }>()
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const wait = {
          at: now + ms,
          end() {
            waits.delete(wait)
            resolve()
          },
        }
        waits.add(wait)
        signal?.addEventListener('abort', () => {
          waits.delete(wait)
          reject(signal.reason)
        })
      }),
    async advance(ms) {
      now += ms
      for (const wait of [...waits]) if (wait.at <= now) wait.end()
      // Whoever waited goes on in promises; those all run before the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
