// Claims jobs of one share while there is room for them, woken by what may have brought some, or room, and by a poll.
import type { Clock } from '../util/clock.ts'
import { createWakeUp } from '../util/wake-up.ts'
import type { Share } from './shares.ts'

/** NOTIFY is only a hint, and none is sent when a delayed job falls due. */
const POLL_MS = 1_000

export interface ClaimLoop {
  /** Resolves when the loop has ended, after `stopping` was aborted. */
  readonly ended: Promise<void>
  /** There may be jobs. */
  wake(): void
  /** There may be room again. */
  roomFreed(): void
}

export interface ClaimLoopInput {
  readonly clock: Clock
  readonly stopping: AbortSignal
  readonly share: Share
  /** Claims what there is room for; answers whether there may be more. Never rejects. */
  readonly claim: (share: Share) => Promise<boolean>
}

export function startClaimLoop({ clock, stopping, share, claim }: ClaimLoopInput): ClaimLoop {
  const { wake, next } = createWakeUp(clock)
  let isFull = false
  const ended = (async () => {
    while (!stopping.aborted) {
      const mayHaveMore = await claim(share)
      isFull = share.jobs() === 0
      if (!mayHaveMore) await next(POLL_MS)
    }
  })()

  return {
    ended,
    wake,
    roomFreed() {
      if (isFull && share.jobs() > 0) wake()
    },
  }
}
