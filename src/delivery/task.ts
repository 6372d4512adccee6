// One send to one address, made from a claimed job; and what its end changes in the database.
import type { TransportName } from '../model/address.ts'
import { isAddress } from '../model/address-rules.ts'
import type { MessageContent } from '../model/message.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import type { ClaimedJob } from '../queue/job.ts'
import type { Entry } from './record-batch.ts'
import type { SendState } from './retry-policy.ts'

/** What the send is about. */
export type Subject =
  | {
      readonly kind: 'delivery'
      readonly releasedOn: string
      readonly messageId: string
      readonly device: string
      /** Whether it must be noted when the push service takes the message. */
      readonly notesSuccess: boolean
    }
  | { readonly kind: 'confirmation'; readonly registrationId: string; readonly attempt: number }
  | { readonly kind: 'notice' }

export interface Task {
  readonly claim: ClaimedJob
  readonly app: string
  /** Which one of the app's; the object is taken when it is sent, for it may be another by then. */
  readonly transport: TransportName
  readonly address: string
  /** When the device last registered with it; undefined where nobody knows. */
  readonly addressSince: number | undefined
  readonly content: MessageContent
  /** No other task has it. */
  readonly isContentOwn?: boolean | undefined
  /** The token of a message that asks for receipts. */
  readonly receipt?: string | undefined
  /** The same for every repeat. */
  readonly messageId: string
  readonly state: SendState
  readonly subject: Subject
}

export interface End {
  readonly outcome: FinalOutcome
  readonly reason: string | undefined
  readonly providerId: string | undefined
  readonly replacedAddress?: string | undefined
  readonly attempts: number
  readonly at: Date
}

/** What to write when a send has ended. */
export function endEntry(task: Task, end: End): Entry {
  const { app, subject, transport, address } = task
  if (subject.kind === 'notice') return {}
  if (subject.kind === 'confirmation') {
    if (end.outcome === 'accepted') return {}
    const reason = end.reason ?? end.outcome
    return { failedRegistration: { registrationId: subject.registrationId, reason } }
  }
  const { device } = subject
  // It says nothing about the device: nothing went there.
  if (isOnlyValidated(task, end)) return { result: resultOf(subject, { ...end, reason: 'ValidatedOnly' }) }
  const result = resultOf(subject, end)
  // Nobody judged what expired or was cancelled.
  if (end.outcome === 'expired' || end.outcome === 'cancelled') return { result }
  const judged = { app, name: transport }
  const sentTo = { transport, value: address }
  if (end.outcome === 'unregistered') {
    return { result, judged, dead: { app, device, address: sentTo, reason: end.reason ?? 'unregistered' } }
  }
  if (end.outcome === 'rejected') return { result, judged }
  const to = { transport, value: end.replacedAddress ?? address }
  return {
    result,
    judged,
    ...(subject.notesSuccess && { success: device }),
    // What could not have been registered is no address.
    ...(to.value !== address && isAddress(to) && { replaced: { app, device, from: sentTo, to } }),
  }
}

/** The push service would have taken it, and has delivered nothing. */
function isOnlyValidated({ content }: Task, { outcome }: End): boolean {
  return outcome === 'accepted' && content.validateOnly === true
}

export function resultOf(subject: Extract<Subject, { kind: 'delivery' }>, end: End) {
  return {
    releasedOn: subject.releasedOn,
    messageId: subject.messageId,
    device: subject.device,
    outcome: end.outcome,
    reason: end.reason,
    providerId: end.providerId,
    attempts: end.attempts,
    finishedAt: end.at,
  }
}
