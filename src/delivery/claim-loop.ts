// Claims jobs while there is room for them, woken by what may have brought some, or room, and by a poll.
import type { WakeUp } from '../util/wake-up.ts'
import type { Shares } from './shares.ts'

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
  /** What is full now, and whether some of that has room again. */
  readonly room: Pick<Shares, 'noteFull' | 'hasNewRoom'>
  /** Claims what there is room for; answers whether there may be more. Never rejects. */
  readonly claim: () => Promise<boolean>
}

export function startClaimLoop({ stopping, wake, room, claim }: ClaimLoopInput): ClaimLoop {
  const ended = (async () => {
    while (!stopping.aborted) {
      const mayHaveMore = await claim()
      room.noteFull()
      if (!mayHaveMore) await wake.next(POLL_MS)
    }
  })()

  return {
    ended,
    roomFreed() {
      if (room.hasNewRoom()) wake.wake()
    },
  }
}
