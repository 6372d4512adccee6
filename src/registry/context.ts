// What every operation of the registry works with.
import type { Database, Tx } from '../database/tx.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { RegistryOptions } from './registry-options.ts'

export interface LiveDevice {
  /** The row id. */
  readonly id: string
  readonly app: string
  readonly deviceId: string
  /** Whether it had a live address before. */
  readonly couldBeReached: boolean
}

export interface RegistryContext {
  readonly database: Database
  readonly queue: Queue
  readonly options: RegistryOptions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly raise: RaiseEvent
  /** Called in the transaction that makes an address live. Default: nothing more is done. */
  readonly onLive?: (tx: Tx, device: LiveDevice) => Promise<void>
  /** Default: nobody is told in the same transaction. */
  readonly announcer?: Announcer | undefined
}
