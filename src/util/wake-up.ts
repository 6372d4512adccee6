// A waiting loop that can be woken; a wake-up that comes while it is busy counts for its next wait.
import type { Clock } from './clock.ts'

export interface WakeUp {
  wake(): void
  /** Resolves at the next wake-up, or after `ms`. */
  next(ms: number): Promise<void>
}

export function createWakeUp(clock: Clock): WakeUp {
  let woken = false
  let interrupt: AbortController | undefined
  return {
    wake() {
      woken = true
      // A stated reason: the default one is a new exception with its stack each time.
      interrupt?.abort('woken')
    },
    async next(ms) {
      if (!woken) {
        interrupt = new AbortController()
        // Rejects only when it is woken.
        await clock.sleep(ms, interrupt.signal).catch(() => undefined)
        interrupt = undefined
      }
      woken = false
    },
  }
}
