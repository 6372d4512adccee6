// The contract that every transport keeps (test/contract/transport.contract.ts holds each to it).
import type { BackoffPolicy } from '../util/backoff.ts'
import type { TransportName } from './address.ts'
import type { CheckFailure } from './check-failure.ts'
import type { MessageContent } from './message.ts'
import type { Outcome } from './outcome.ts'
import type { Preview } from './preview.ts'

export interface Send {
  /** The address's value; opaque. */
  readonly address: string
  readonly content: MessageContent
  /** The same on every repeat of one message: what a service that allows it recognises a repeat by. */
  readonly messageId: string
  /** Seconds that are left of the message's life; 0: now or never. None given: the push service's own default. */
  readonly ttlSeconds?: number | undefined
  /** With which the device can tell what became of the message; given if the content asks for receipts. */
  readonly receipt?: string | undefined
  /** When the device last registered with this address, milliseconds since the epoch: a verdict from before is void. */
  readonly addressSince?: number | undefined
  /** No other device gets this content: it is not worth keeping in the form in which it is sent. */
  readonly isContentOwn?: boolean | undefined
}

/** The pure part, which accepting a message and showing what would become of it need. */
export interface TransportRules {
  readonly name: TransportName
  check(content: MessageContent): CheckFailure | undefined
  /** The request that would be sent. Has no side effects, and shows no secret. */
  preview(content: MessageContent, ttlSeconds: number | undefined): Preview
}

export interface Transport extends TransportRules {
  /** Waits between repeats of a deferred or unanswered send. */
  readonly backoff: BackoffPolicy
  /** How many sends may be on their way at once. */
  readonly maxInFlight: number
  /**
   * Milliseconds over which the push service asks the load of what can wait to grow after a pause. Undefined or 0: it
   * does not.
   */
  readonly rampUpMs?: number | undefined
  /**
   * Changes when the operator changes the credential, so that a transport paused for a refused one can start again.
   * Not a secret and of no use to find one.
   */
  readonly credentialFingerprint: string
  /**
   * The push that carries a registration's secret, under the name that devices of this push service look for.
   * `attempt` is 1 for the first push of a registration, and more for each that is asked for or follows after it.
   */
  confirmationContent(confirmationToken: string, attempt: number): MessageContent
  /**
   * A second attempt goes out when a registration is still pending this many milliseconds after its first push was
   * accepted. Undefined: none does.
   */
  readonly confirmationFollowUpMs?: number | undefined
  /**
   * Sends one message to one address. Resolves with the push service's verdict; throws `TransportError` when it is
   * not known whether the message was sent, and the signal's reason when `signal` aborts.
   */
  send(send: Send, signal?: AbortSignal): Promise<Outcome>
  /**
   * An address that a device claims, in the form in which it is kept and compared; `problem` completes «The address …».
   * Undefined: any that is within the bounds is taken as it is.
   */
  readAddress?(given: string): { readonly value: string } | { readonly problem: string }
  /** What devices need of the credential to get an address: the `applicationServerKey` of browsers. */
  publicKey?(): Promise<string>
  /** The operator says that the credential works again: what was remembered of its refusal, anywhere, is forgotten. */
  forgetRefusal(): Promise<void>
  /** Ends its connections. */
  close(): Promise<void>
}
