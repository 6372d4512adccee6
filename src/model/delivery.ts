// The ledger's row: how one message ended for one device, and what the device told of it.
import type { FinalOutcome } from './outcome.ts'

export interface Delivery {
  readonly messageId: string
  /** Undefined when the device has been removed since. */
  readonly deviceId: string | undefined
  readonly outcome: FinalOutcome
  /** The push service's word for it, or ours. */
  readonly reason: string | undefined
  /** The push service's id of the message. */
  readonly providerId: string | undefined
  readonly attempts: number
  readonly finishedAt: Date
  /** What the device told, of a message that asks for receipts. */
  readonly deliveredAt: Date | undefined
  readonly openedAt: Date | undefined
}

export interface DeliveryFilter {
  readonly outcome?: FinalOutcome | undefined
  /** Exactly this word. */
  readonly reason?: string | undefined
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[]
  /** The `after` of the next page; undefined on the last one. Opaque. */
  readonly next: string | undefined
}
