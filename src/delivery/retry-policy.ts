// What follows from a push service's answer to one send: an end, a later try, or a hold of all of the app's sends.
// Pure: time, chance and the answer come in, the decision goes out.
import type { FinalOutcome, Outcome } from '../model/outcome.ts'
import { TransportError } from '../model/push-error.ts'
import { type BackoffPolicy, backoffMs } from '../util/backoff.ts'
import type { Random } from '../util/random.ts'

/** Answers that no table lists, before the message counts as rejected. */
export const MAX_UNKNOWN_ANSWERS = 3
/** How long a refused credential rests before one real send may try it. */
export const PROBE_INTERVAL_MS = 300_000

/** The answer, or the error of a send of which nobody knows whether it arrived. */
export type Answer = Outcome | TransportError

export interface SendState {
  /** Sends made before this one. */
  readonly attempts: number
  /** Answers before this one that no table lists. */
  readonly unknowns: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Never repeated. */
  readonly singleTry: boolean
}

export type Decision =
  | {
      readonly kind: 'end'
      readonly outcome: FinalOutcome
      readonly reason: string | undefined
      readonly providerId: string | undefined
    }
  | {
      readonly kind: 'retry'
      readonly delayMs: number
      readonly attempts: number
      readonly unknowns: number
      /** Set when everything of this sender waits, not this send alone. */
      readonly hold: HoldRequest | undefined
    }

export interface HoldRequest {
  readonly kind: 'deferred' | 'unauthorized'
  readonly reason: string
  readonly probe: boolean
}

export interface PolicyInput {
  readonly answer: Answer
  readonly state: SendState
  readonly backoff: BackoffPolicy
  readonly now: number
}

export function decide({ answer, state, backoff, now }: PolicyInput, random: Random): Decision {
  const repeat = (input: { reason: string; retryAfterMs?: number | undefined; hold?: HoldRequest }): Decision => {
    const delayMs = backoffMs({ policy: backoff, repeats: state.attempts, retryAfterMs: input.retryAfterMs }, random)
    return orExpire({ state, now, delayMs, reason: input.reason, hold: input.hold })
  }
  if (answer instanceof TransportError) return repeat({ reason: answer.code })
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'end', outcome: 'accepted', reason: undefined, providerId: answer.providerId }
    case 'rejected':
    case 'unregistered':
      return { kind: 'end', outcome: answer.kind, reason: answer.reason, providerId: undefined }
    case 'deferred': {
      const hold: HoldRequest = { kind: 'deferred', reason: answer.reason, probe: false }
      const scoped = answer.scope === 'sender' ? { hold } : {}
      return repeat({ reason: answer.reason, retryAfterMs: answer.retryAfterMs, ...scoped })
    }
    case 'unauthorized':
      return untilMended(answer, state)
    case 'unknown': {
      if (state.unknowns + 1 >= MAX_UNKNOWN_ANSWERS) {
        return { kind: 'end', outcome: 'rejected', reason: `unknown: ${answer.reason}`, providerId: undefined }
      }
      const decision = repeat({ reason: answer.reason })
      return decision.kind === 'retry' ? { ...decision, unknowns: state.unknowns + 1 } : decision
    }
  }
}

/** Waits for the credential, however long: the send is given back as it was, and only its expiry ends it. */
function untilMended(answer: Extract<Outcome, { kind: 'unauthorized' }>, state: SendState): Decision {
  return {
    kind: 'retry',
    delayMs: PROBE_INTERVAL_MS,
    attempts: state.attempts,
    unknowns: state.unknowns,
    hold: { kind: 'unauthorized', reason: answer.reason, probe: answer.probe },
  }
}

interface Repeat {
  readonly state: SendState
  readonly now: number
  readonly delayMs: number
  readonly reason: string
  readonly hold: HoldRequest | undefined
}

function orExpire({ state, now, delayMs, reason, hold }: Repeat): Decision {
  if (state.singleTry || now + delayMs >= state.expiresAt) {
    return { kind: 'end', outcome: 'expired', reason, providerId: undefined }
  }
  return { kind: 'retry', delayMs, attempts: state.attempts + 1, unknowns: state.unknowns, hold }
}
