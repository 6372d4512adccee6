// Claims jobs while there is room for them, woken by what may have brought some, or room, and by a poll. Each share has a
// loop of its own: a page of a broadcast takes long to prepare, and single messages must not wait for it.
import type { Clock } from '../util/clock.ts'
import { startTurnLoop, type TurnLoop } from '../util/turn-loop.ts'
import type { Share, Shares } from './shares.ts'

/** NOTIFY is only a hint, and none is sent when a delayed job falls due. */
const POLL_MS = 1_000

export interface ClaimLoops extends TurnLoop {
  /** There may be jobs, and no slices of an audience: where none come, nobody pays for looking for them. */
  wakeUrgent(): void
  /** There may be room again. */
  roomFreed(): void
}

export interface ClaimLoopsInput {
  readonly clock: Clock
  readonly shares: Pick<Shares, 'urgent' | 'bulk'>
  /** Claims of one share what there is room for; answers whether there may be more. Never rejects. */
  readonly claim: (share: Share) => Promise<boolean>
}

export function startClaimLoops({ clock, shares, claim }: ClaimLoopsInput): ClaimLoops {
  const urgent = startClaimLoop(clock, shares.urgent, claim)
  const bulk = startClaimLoop(clock, shares.bulk, claim)
  return {
    wakeUrgent: urgent.wake,
    wake() {
      urgent.wake()
      bulk.wake()
    },
    roomFreed() {
      urgent.roomFreed()
      bulk.roomFreed()
    },
    async stop() {
      await Promise.all([urgent.stop(), bulk.stop()])
    },
  }
}

function startClaimLoop(clock: Clock, share: Share, claim: ClaimLoopsInput['claim']) {
  let isFull = false
  const { wake, stop } = startTurnLoop({
    clock,
    async turn() {
      const mayHaveMore = await claim(share)
      isFull = share.jobs() === 0
      return mayHaveMore ? 0 : POLL_MS
    },
  })
  return {
    wake,
    stop,
    roomFreed() {
      if (isFull && share.jobs() > 0) wake()
    },
  }
}
