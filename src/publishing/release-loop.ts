// Looks for messages whose time has come, in every process that works.
import type { Logger } from '../util/logger.ts'
import { createWakeUp } from '../util/wake-up.ts'
import { type ReleaseContext, releaseAllDue } from './release.ts'

/** For those that were accepted since the last look. */
const POLL_MS = 1_000

export interface ReleaseLoop {
  /** Resolves when the batch under way is committed. */
  stop(): Promise<void>
}

export interface ReleaseLoopInput extends ReleaseContext {
  readonly logger: Logger
}

export function startReleaseLoop(input: ReleaseLoopInput): ReleaseLoop {
  const { clock, logger } = input
  const stopping = new AbortController()
  const wake = createWakeUp(clock)
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      let dueInMs = POLL_MS
      try {
        const next = await releaseAllDue(input, stopping.signal)
        if (next !== undefined) dueInMs = Math.max(1, Math.min(POLL_MS, next - clock.now()))
      } catch (error) {
        logger.warn('Messages that are due could not be released; it is tried again.', { error })
      }
      await wake.next(dueInMs)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      wake.wake()
      await ended
    },
  }
}
