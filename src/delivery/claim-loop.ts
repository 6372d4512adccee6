// Claims jobs while there is room for them, woken by what may have brought some, or room, and by a poll.
import type { WakeUp } from './wake-up.ts'

/** NOTIFY is only a hint, and none is sent when a delayed job falls due. */
const POLL_MS = 1_000

export interface ClaimLoop {
  /** Resolves when the loop has ended, after `stopping` was aborted. */
  readonly ended: Promise<void>
  /** There may be room again. */
  roomFreed(): void
}

export interface ClaimLoopInput {
  readonly stopping: AbortSignal
  readonly wake: WakeUp
  /** How many jobs to claim now; 0: there is no room. */
  readonly room: () => number
  /** Claims up to `limit` jobs; answers how many there were. Never rejects. */
  readonly claim: (limit: number) => Promise<number>
}

export function startClaimLoop({ stopping, wake, room, claim }: ClaimLoopInput): ClaimLoop {
  let waitsForRoom = false

  const ended = (async () => {
    while (!stopping.aborted) {
      const limit = room()
      const claimed = limit > 0 ? await claim(limit) : 0
      waitsForRoom = room() === 0
      // A full batch promises more; anything less waits.
      if (limit === 0 || claimed < limit) await wake.next(POLL_MS)
    }
  })()

  return {
    ended,
    roomFreed() {
      if (waitsForRoom && room() > 0) wake.wake()
    },
  }
}
