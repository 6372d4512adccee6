// Keeps the claims of this process alive, and tells which of them may belong to somebody else by now.
import type { ClaimedJob } from '../queue/job.ts'
import type { Queue } from '../queue/queue.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'

const TOUCH_EVERY_MS = 3_000
/** Less than the ten seconds after which a claim that nobody touched is given away. */
const TRUST_MS = 8_000
const NEVER = Number.NEGATIVE_INFINITY

export interface KeepAlive {
  add(claim: ClaimedJob): void
  /** Its last results are being written: not finding it any more means that they are. */
  ending(claim: ClaimedJob): void
  remove(claim: ClaimedJob): void
  /** Whether a send for this claim may still start. */
  isOurs(claim: ClaimedJob, now: number): boolean
  /** Claims held at this moment. */
  readonly size: number
  stop(): void
}

export function createKeepAlive({ queue, clock, logger }: { queue: Queue; clock: Clock; logger: Logger }): KeepAlive {
  const touchedAt = new Map<ClaimedJob, number>()
  const ending = new WeakSet<ClaimedJob>()
  const stopped = new AbortController()

  async function touchAll(): Promise<void> {
    // Taken before the touch: a claim is never trusted for longer than the database does.
    const at = clock.now()
    const claims = [...touchedAt.keys()]
    try {
      const missing = new Set(await queue.touch(claims))
      const held = claims.filter((claim) => touchedAt.has(claim) && !ending.has(claim))
      for (const claim of held) touchedAt.set(claim, missing.has(claim) ? NEVER : at)
      const lost = held.filter((claim) => missing.has(claim)).length
      if (lost > 0) logger.warn('Jobs were taken over by another worker.', { jobs: lost })
    } catch (error) {
      logger.warn('Jobs could not be kept alive; their sends stop until the database is back.', { error })
    }
  }

  void (async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(TOUCH_EVERY_MS, stopped.signal).catch(() => undefined)
      if (!stopped.signal.aborted) await touchAll()
    }
  })()

  return {
    add: (claim) => void touchedAt.set(claim, clock.now()),
    ending: (claim) => void ending.add(claim),
    remove: (claim) => void touchedAt.delete(claim),
    isOurs: (claim, now) => now - (touchedAt.get(claim) ?? NEVER) < TRUST_MS,
    get size() {
      return touchedAt.size
    },
    stop: () => stopped.abort(),
  }
}
