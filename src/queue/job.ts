// The jobs of Sendword, typed. A job is a slice: one message and some of its devices, or one push of the handshake.
import type { TransportName } from '../model/address.ts'

/** One message for some devices. */
export interface SliceJob {
  readonly kind: 'slice'
  readonly app: string
  readonly messageId: string
  /** UTC date, YYYY-MM-DD: the ledger partition of the results. */
  readonly releasedOn: string
  /** Row ids. */
  readonly devices: readonly string[]
  /** Sends that were made before, per device of this slice. */
  readonly attempts: number
  /** Answers that no table lists, so far. */
  readonly unknowns: number
}

/** The push that carries a registration's secret to the address it claims. */
export interface ConfirmationJob {
  readonly kind: 'confirmation'
  readonly app: string
  readonly registrationId: string
  readonly attempts: number
  readonly unknowns: number
}

/** Tells an address that another one took its place. */
export interface NoticeJob {
  readonly kind: 'notice'
  readonly app: string
  readonly id: string
  readonly address: { readonly transport: TransportName; readonly value: string }
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly attempts: number
  readonly unknowns: number
}

export type Job = SliceJob | ConfirmationJob | NoticeJob

/** A job that this process holds; `retryCount` tells this claim from later ones. */
export interface ClaimedJob {
  readonly id: string
  readonly retryCount: number
  readonly job: Job
}

export interface NewJob {
  readonly job: Job
  /** Not before this many milliseconds from now, on the database's clock. Default 0. */
  readonly delayMs?: number
  /** Waits for this hold; `releaseHeld` lets it go before its time. */
  readonly heldFor?: { readonly app: string; readonly transport: TransportName }
}
