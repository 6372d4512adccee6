// What follows from a push service's answer to one send: an end, a later try, or a hold of all of the app's sends.
// Pure: time, chance and the answer come in, the decision goes out.
import type { FinalOutcome, Outcome } from '../model/outcome.ts'
import { TransportError } from '../model/push-error.ts'
import type { Progress } from '../queue/job.ts'
import { type BackoffPolicy, backoffMs } from '../util/backoff.ts'
import type { Random } from '../util/random.ts'

/** Answers that no table lists, before the message counts as rejected. */
const MAX_UNKNOWN_ANSWERS = 3
/** How long a refused credential rests before one real send may try it. */
export const PROBE_INTERVAL_MS = 300_000

/** The answer, or the error of a send of which nobody knows whether it arrived. */
export type Answer = Outcome | TransportError

export function isAccepted(answer: Answer): answer is Accepted {
  return !(answer instanceof TransportError) && answer.kind === 'accepted'
}

type Accepted = Extract<Outcome, { kind: 'accepted' }>

export interface SendState {
  readonly progress: Progress
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
      /** What the push service says the address is now. */
      readonly replacedAddress?: string | undefined
    }
  | {
      readonly kind: 'retry'
      readonly delayMs: number
      readonly progress: Progress
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

export function decide(input: PolicyInput, random: Random): Decision {
  const { answer } = input
  if (!isAccepted(answer)) return decideOthers({ ...input, answer }, random)
  const { providerId, replacedAddress } = answer
  return { kind: 'end', outcome: 'accepted', reason: undefined, providerId, replacedAddress }
}

type OtherAnswer = Exclude<Answer, Accepted>

function decideOthers(
  { answer, state, backoff, now }: PolicyInput & { readonly answer: OtherAnswer },
  random: Random,
): Decision {
  const repeat = (input: { reason: string; retryAfterMs?: number | undefined; hold?: HoldRequest }): Decision => {
    const delayMs = backoffMs(
      { policy: backoff, repeats: state.progress.attempts, retryAfterMs: input.retryAfterMs },
      random,
    )
    return orExpire({ state, now, delayMs, reason: input.reason, hold: input.hold })
  }
  if (answer instanceof TransportError) return repeat({ reason: answer.code })
  switch (answer.kind) {
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
      if (state.progress.unknowns + 1 >= MAX_UNKNOWN_ANSWERS) {
        return { kind: 'end', outcome: 'rejected', reason: `unknown: ${answer.reason}`, providerId: undefined }
      }
      const decision = repeat({ reason: answer.reason })
      return decision.kind === 'retry' ? countUnknown(decision) : decision
    }
  }
}

/** Waits for the credential, however long: the send is given back as it was, and only its expiry ends it. */
function untilMended(answer: Extract<Outcome, { kind: 'unauthorized' }>, state: SendState): Decision {
  return {
    kind: 'retry',
    delayMs: PROBE_INTERVAL_MS,
    progress: { ...state.progress, reason: answer.reason },
    hold: { kind: 'unauthorized', reason: answer.reason, probe: answer.probe },
  }
}

function countUnknown(decision: Extract<Decision, { kind: 'retry' }>): Decision {
  const { progress } = decision
  return { ...decision, progress: { ...progress, unknowns: progress.unknowns + 1 } }
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
  const { attempts, unknowns } = state.progress
  return { kind: 'retry', delayMs, progress: { attempts: attempts + 1, unknowns, reason }, hold }
}
