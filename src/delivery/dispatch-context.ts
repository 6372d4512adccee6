// What the sends of a process share.
import type { BreakerBoard } from './breaker-board.ts'
import type { Cancellations } from './cancellations.ts'
import type { DeliveryContext } from './context.ts'
import type { HoldBoard } from './hold-board.ts'
import type { KeepAlive } from './keep-alive.ts'
import type { Recorder } from './recorder.ts'

export interface DispatchContext extends DeliveryContext {
  readonly board: HoldBoard
  readonly breakers: BreakerBoard
  readonly cancellations: Cancellations
  readonly keepAlive: KeepAlive
  readonly recorder: Recorder
  /** Aborted when no further send may start. */
  readonly stopping: AbortSignal
  /** Aborted when sends that are under way must end. */
  readonly aborting: AbortSignal
}
