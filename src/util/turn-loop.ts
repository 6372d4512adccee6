// Turns of work, one after the other: the next one when it is due, or when somebody says that there may be something to
// do.
import type { Clock } from './clock.ts'
import { createWakeUp } from './wake-up.ts'

export interface TurnLoop {
  /** There may be something to do: the next turn comes at once, or after the one under way. */
  wake(): void
  /** Lets no further turn begin; resolves when the one under way has ended. */
  stop(): Promise<void>
}

export interface TurnLoopInput {
  readonly clock: Clock
  /** Takes a turn; answers after how many milliseconds the next one is due, 0: at once. Never rejects. */
  readonly turn: (stopping: AbortSignal) => Promise<number>
}

export function startTurnLoop({ clock, turn }: TurnLoopInput): TurnLoop {
  const stopping = new AbortController()
  const { wake, next } = createWakeUp(clock)
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      const dueInMs = await turn(stopping.signal)
      if (dueInMs > 0) await next(dueInMs)
    }
  })()
  return {
    wake,
    async stop() {
      stopping.abort()
      wake()
      await ended
    },
  }
}
