// Looks for messages whose time has come, in every process that works.
import type { Logger } from '../util/logger.ts'
import { startTurnLoop, type TurnLoop } from '../util/turn-loop.ts'
import { type ReleaseContext, releaseAllDue } from './release.ts'

/** For those that were accepted since the last look. */
const POLL_MS = 1_000

export interface ReleaseLoopInput extends ReleaseContext {
  readonly logger: Logger
}

/** Its `stop` resolves when the batch under way is committed. */
export function startReleaseLoop(input: ReleaseLoopInput): TurnLoop {
  const { clock, logger } = input
  return startTurnLoop({
    clock,
    async turn(stopping) {
      try {
        const next = await releaseAllDue(input, stopping)
        return next === undefined ? POLL_MS : Math.max(1, Math.min(POLL_MS, next - clock.now()))
      } catch (error) {
        logger.warn('Messages that are due could not be released; it is tried again.', { error })
        return POLL_MS
      }
    },
  })
}
