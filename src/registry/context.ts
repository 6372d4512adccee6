// What every operation of the registry works with.
import type { Database } from '../database/tx.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { Queue } from '../queue/queue.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { RegistryOptions } from './registry-options.ts'

export interface RegistryContext {
  readonly database: Database
  readonly queue: Queue
  readonly options: RegistryOptions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly raise: RaiseEvent
}
