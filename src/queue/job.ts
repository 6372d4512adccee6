// The jobs of Sendword, typed. A job is a slice: one message and some of its devices, or one push of the handshake.
import type { TransportName } from '../model/address.ts'

/** How far the sends of a job have got. */
export interface Progress {
  /** Sends made before, to each device of the job. */
  readonly attempts: number
  /** Answers that no table lists, so far. */
  readonly unknowns: number
  /** Why the last send must be repeated. */
  readonly reason?: string | undefined
}

/** One message for some devices. */
export interface SliceJob extends Progress {
  readonly kind: 'slice'
  readonly app: string
  readonly messageId: string
  /** UTC date, YYYY-MM-DD: the ledger partition of the results. */
  readonly releasedOn: string
  /** Row ids. */
  readonly devices: readonly string[]
  /** One of the many of a message to an audience: it waits behind single messages, and the message counts it. */
  readonly isPart?: boolean | undefined
  /** Not to be sent before, milliseconds since the epoch on our clock; one of many has waited for it since it was made. */
  readonly dueAt?: number | undefined
  /** When it expires, milliseconds since the epoch. Default: when its message does. */
  readonly expiresAt?: number | undefined
  /** Its message obeys quiet hours, so that the zones of its devices must be known. */
  readonly hasQuietHours?: boolean | undefined
}

/** The push that carries a registration's secret to the address it claims. */
export interface ConfirmationJob extends Progress {
  readonly kind: 'confirmation'
  readonly app: string
  readonly registrationId: string
  /** Which push of the registration it is. None given: the first. */
  readonly attempt?: number | undefined
  /** Comes by itself after the first push: needless once the device has confirmed, or has asked again. */
  readonly isFollowUp?: boolean | undefined
}

/** Tells an address that another one took its place. */
export interface NoticeJob extends Progress {
  readonly kind: 'notice'
  readonly app: string
  readonly id: string
  readonly address: { readonly transport: TransportName; readonly value: string }
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export type Job = SliceJob | ConfirmationJob | NoticeJob

/** Whether it goes before slices of an audience. */
export function isUrgent(job: Job): boolean {
  return job.kind !== 'slice' || job.isPart !== true
}

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
  /** What sends it, where that is known already: a process without it leaves the job to others. */
  readonly needs?: TransportName | undefined
}

/** An app's jobs: those that need this transport, or without it those of which that is not known yet. */
export interface JobGroup {
  readonly app: string
  readonly transport?: TransportName | undefined
}
