// The emulator's own time, which can be moved ahead: lifetimes, delays and quotas pass at once, and nobody has to wait.
// What senders write by their clocks, and how long tests wait, stays with the clock that the emulator was started with.
import type { Clock } from '../util/clock.ts'
import { EmulatorError } from './emulator-error.ts'

/** Longer than anything lives here. */
const MAX_ADVANCE_MS = 365 * 86_400_000

export interface MovableClock {
  /** Milliseconds since the epoch, as the emulator has it. */
  now(): number
  /** By how many milliseconds it is ahead of the clock that the emulator was started with. */
  readonly ahead: number
  /**
   * Moves it ahead by so many milliseconds, up to a year at a time: messages that wait expire, delayed answers come, tokens
   * die, quotas fill, idle connections end.
   */
  advance(ms: number): void
}

export interface EmulatedClock extends Clock, MovableClock {
  /** Back to the time of the clock that it was started with. */
  reset(): void
}

/** `moved` is called after each move. */
export function createEmulatedClock(real: Clock, moved: () => void): EmulatedClock {
  /** Each ends one sleep of the real clock, so that its sleeper looks at the time again. */
  const wakers = new Set<() => void>()
  let ahead = 0

  const now = () => real.now() + ahead

  function move(to: number): void {
    ahead = to
    for (const wake of [...wakers]) wake()
    moved()
  }

  /** Whether the clock was moved before the time had come. */
  async function isMovedWithin(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    const woken = new AbortController()
    const wake = () => woken.abort()
    wakers.add(wake)
    try {
      await real.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal)
      return false
    } catch (error) {
      if (signal?.aborted || !woken.signal.aborted) throw error
      return true
    } finally {
      wakers.delete(wake)
    }
  }

  return {
    now,
    get ahead() {
      return ahead
    },
    async sleep(ms, signal) {
      const due = now() + ms
      let left = ms
      while (await isMovedWithin(left, signal)) {
        left = due - now()
        if (left <= 0) return
      }
    },
    advance(ms) {
      if (!Number.isInteger(ms) || ms < 0 || ms > MAX_ADVANCE_MS) {
        throw new EmulatorError('EMULATOR_INPUT', `ms must be a whole number from 0 to ${MAX_ADVANCE_MS}.`)
      }
      move(ahead + ms)
    },
    reset() {
      if (ahead !== 0) move(0)
    },
  }
}
