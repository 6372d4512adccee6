// Fans out the messages to audiences, in every process that works: one turn of each message after the other.
import type { Logger } from '../util/logger.ts'
import { startTurnLoop, type TurnLoop } from '../util/turn-loop.ts'
import { type FanOutContext, takeTurn } from './fan-out.ts'

/** A hint may be missed, and none is given when a turn falls due. */
const POLL_MS = 1_000
/** Ours and the database's clock need not tick together. */
const MARGIN_MS = 10

export interface FanOutLoopInput extends FanOutContext {
  readonly logger: Logger
}

/** Its `stop` resolves when the page under way is committed. */
export async function startFanOutLoop(input: FanOutLoopInput): Promise<Pick<TurnLoop, 'stop'>> {
  let loop: TurnLoop | undefined
  const listening = await input.queue.listen(({ kind }) => {
    if (kind === 'fan-out') loop?.wake()
  })
  const started = startTurnLoop({ clock: input.clock, turn: (stopping) => takeTurns(input, stopping) })
  loop = started
  return {
    async stop() {
      await Promise.all([started.stop(), listening.close()])
    },
  }
}

/** Takes turns while there are any; answers when to look again, in milliseconds. Never rejects. */
async function takeTurns(input: FanOutLoopInput, stopping: AbortSignal): Promise<number> {
  let dueInMs = POLL_MS
  try {
    while (!stopping.aborted) {
      const [claim] = await input.queue.fanOuts.claim(1)
      if (!claim) break
      const next = await takeTurn(input, claim)
      if (next !== undefined && next > 0) dueInMs = Math.min(dueInMs, next + MARGIN_MS)
    }
  } catch (error) {
    input.logger.warn('A fan-out was interrupted; it goes on where it stopped.', { error })
  }
  return dueInMs
}
