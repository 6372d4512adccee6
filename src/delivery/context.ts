// What the delivery engine works with.
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { ReceiptTokens } from '../model/receipt-token.ts'
import type { Transport } from '../model/transport.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'

export interface DeliveryContext {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly raise: RaiseEvent
  /** Default: nobody is told in the same transaction. */
  readonly announcer?: Announcer | undefined
  /** Undefined without a secret: messages go without tokens then. */
  readonly receiptTokens: ReceiptTokens | undefined
  /** The one of now; undefined when this process's configuration has no such push service for the app. */
  readonly transportOf: (app: string, transport: TransportName) => Transport | undefined
}

export interface TransportPlace {
  readonly app: string
  readonly name: TransportName
}
