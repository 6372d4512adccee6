// Time that passes only when it is told to, for a process and its queue alike, and what is under way meanwhile: a test
// lets everything come to rest, then goes on to the next moment at which something is due.
import type { Clock } from '../../src/util/clock.ts'

export interface VirtualTime extends Clock {
  /** Goes on to this moment: waits that end by then end now. */
  moveTo(at: number): void
  /** When the next wait ends. */
  nextWake(): number | undefined
}

export function createVirtualTime(start: number): VirtualTime {
  let now = start
  const waits = new Set<{ readonly at: number; end(): void }>()
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          waits.delete(wait)
          reject(signal?.reason)
        }
        const wait = {
          at: now + Math.max(0, ms),
          end() {
            waits.delete(wait)
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        waits.add(wait)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    moveTo(at) {
      now = Math.max(now, at)
      for (const wait of [...waits].sort((a, b) => a.at - b.at)) if (wait.at <= now) wait.end()
    },
    nextWake() {
      let next: number | undefined
      for (const { at } of waits) next = Math.min(next ?? at, at)
      return next
    },
  }
}

export interface Activity {
  /** Counts as under way until it has settled. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is under way, nor begins in the next turns of the event loop. */
  rest(): Promise<void>
}

/** Enough for promises and `setImmediate`s that follow from each other. */
const CALM_TURNS = 4

export function createActivity(): Activity {
  let open = 0
  let onIdle: (() => void) | undefined
  return {
    async during(work) {
      open++
      try {
        return await work()
      } finally {
        open--
        if (open === 0) onIdle?.()
      }
    },
    async rest() {
      for (let calm = 0; calm < CALM_TURNS; calm++) {
        await new Promise((resolve) => setImmediate(resolve))
        if (open === 0) continue
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
        calm = -1
      }
    },
  }
}
