// Keeps the claims of this process alive, and tells which of them may belong to somebody else by now.
import type { ClaimedJob } from '../queue/job.ts'
import type { Queue } from '../queue/queue.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'

const TOUCH_EVERY_MS = 3_000
/** Less than the ten seconds after which a claim that nobody touched is given away. */
const TRUST_MS = 8_000

export interface KeepAlive {
  add(claim: ClaimedJob): void
  remove(claim: ClaimedJob): void
  /** Whether a send for this claim may still start. */
  isOurs(claim: ClaimedJob): boolean
  /** Claims held at this moment. */
  readonly size: number
  all(): ClaimedJob[]
  stop(): void
}

export function createKeepAlive({ queue, clock, logger }: { queue: Queue; clock: Clock; logger: Logger }): KeepAlive {
  const touchedAt = new Map<ClaimedJob, number>()
  const stopped = new AbortController()

  async function touchAll(): Promise<void> {
    // Taken before the touch: a claim is never trusted for longer than the database does.
    const at = clock.now()
    const claims = [...touchedAt.keys()]
    try {
      const lost = new Set(await queue.touch(claims))
      for (const claim of claims) if (touchedAt.has(claim)) touchedAt.set(claim, lost.has(claim) ? 0 : at)
      if (lost.size > 0) logger.warn('Jobs were taken over by another worker.', { jobs: lost.size })
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
    remove: (claim) => void touchedAt.delete(claim),
    isOurs: (claim) => clock.now() - (touchedAt.get(claim) ?? 0) < TRUST_MS,
    get size() {
      return touchedAt.size
    },
    all: () => [...touchedAt.keys()],
    stop: () => stopped.abort(),
  }
}
