// Following messages as they are delivered, whichever process delivers them. Whoever follows the same message shares one
// look, and counting a large one takes a tenth of the time at most.
import type { Database } from '../database/tx.ts'
import { PushError } from '../model/push-error.ts'
import { findProgress, type MessageProgress } from '../store/messages.ts'
import type { Clock } from '../util/clock.ts'

export interface ProgressWatch {
  /** How the message stands now, and again every second, until it is over; ends early when `signal` aborts. */
  follow(id: string, signal: AbortSignal): AsyncGenerator<MessageProgress, void>
}

const EVERY_MS = 1_000
/** Long enough for all that follow a message to see the same, and shorter than until their next look. */
const SHARED_MS = 500
/** Milliseconds without another look, for each that one took. */
const REST = 10

interface Look {
  readonly progress: Promise<MessageProgress | undefined>
  /** Milliseconds since the epoch; while it is under way it serves whoever asks. */
  goodUntil: number
}

export function createProgressWatch({ database, clock }: { database: Database; clock: Clock }): ProgressWatch {
  const looks = new Map<string, Look>()

  function latest(id: string): Look['progress'] {
    const since = clock.now()
    const known = looks.get(id)
    if (known && known.goodUntil > since) return known.progress
    const progress = findProgress(database, [id])
      .then(([found]) => found)
      .finally(() => {
        const now = clock.now()
        look.goodUntil = now + Math.max(SHARED_MS, REST * (now - since))
      })
    const look: Look = { progress, goodUntil: Number.POSITIVE_INFINITY }
    looks.set(id, look)
    return progress
  }

  return {
    async *follow(id, signal) {
      try {
        while (!signal.aborted) {
          const progress = await latest(id)
          if (!progress) return
          yield progress
          if (progress.isOver) return
          // Rejects only when it is over.
          await clock.sleep(EVERY_MS, signal).catch(() => undefined)
        }
      } catch (error) {
        // The process ends: there is no more to follow.
        if (!(error instanceof PushError && error.code === 'PUSH_CLOSED')) throw error
      } finally {
        looks.delete(id)
      }
    },
  }
}
