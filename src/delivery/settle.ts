// What follows from a push service's answer to a send: its result, a later job, a hold.
import { TransportError } from '../model/push-error.ts'
import type { Transport } from '../model/transport.ts'
import type { Progress } from '../queue/job.ts'
import type { DispatchContext } from './dispatch-context.ts'
import type { Lease } from './hold-board.ts'
import type { JobRun } from './job-run.ts'
import { again, deviceOf, heldBack, type Later } from './later.ts'
import { type Answer, type Decision, decide, isAccepted } from './retry-policy.ts'
import { endEntry, type Task } from './task.ts'

export type DecidedEnd = Extract<Decision, { kind: 'end' }>

const AFRESH: Progress = { attempts: 0, unknowns: 0, reason: undefined }

export interface Sent {
  readonly task: Task
  readonly run: JobRun
  readonly lease: Lease
  readonly answer: Answer
  /** What it was sent through. */
  readonly transport: Transport
  /** When it was answered, milliseconds since the epoch. */
  readonly now: number
}

/** A promise only where it must be told to all. */
export function settle(context: DispatchContext, sent: Sent): Promise<void> | undefined {
  const { task, run, lease, answer, transport, now } = sent
  if (isOutdatedRefusal(context, sent)) {
    run.done(again(task))
    return undefined
  }
  logAnswer(context, task, answer)
  const decision = decide({ answer, state: task.state, backoff: transport.backoff, now }, context.random)
  const isMended = lease.probing && provesCredential(answer)
  if (isMended || (decision.kind === 'retry' && decision.hold)) return settleForAll(context, sent, decision, isMended)
  conclude(context, sent, decision)
  return undefined
}

/** What came of it changes what all sends of the app may do. */
async function settleForAll(
  context: DispatchContext,
  sent: Sent,
  decision: Decision,
  isMended: boolean,
): Promise<void> {
  const { task, transport } = sent
  if (isMended) await context.board.resume(task.app, transport.name)
  if (decision.kind === 'retry' && decision.hold) {
    await context.board.hold(task.app, transport, decision.hold, decision.delayMs)
  }
  conclude(context, sent, decision)
}

function conclude(context: DispatchContext, sent: Sent, decision: Decision): void {
  const { task, run, now } = sent
  if (decision.kind === 'end') {
    finish(context, { task, run, end: decision, sent: 1, now, later: followUp(sent) })
    return
  }
  const { hold, delayMs, progress } = decision
  const later = { device: deviceOf(task), delayMs, progress, heldFor: undefined }
  run.done(hold ? { ...heldBack(task, now + delayMs, now), progress } : later)
}

/** Whoever judges the message or the address has let us in; who says «not now» may not have looked at the credential. */
function provesCredential(answer: Answer): boolean {
  if (answer instanceof TransportError) return false
  if (answer.kind === 'rejected' || answer.kind === 'unregistered') return answer.unsent !== true
  return isAccepted(answer)
}

/** The credential was changed while the send was under way: that the old one is refused must not pause the new one. */
function isOutdatedRefusal(context: DispatchContext, { task, answer, transport }: Sent): boolean {
  if (answer instanceof TransportError || answer.kind !== 'unauthorized') return false
  const now = context.transportOf(task.app, task.transport)
  return now !== transport && now?.credentialFingerprint !== transport.credentialFingerprint
}

export interface Finish {
  readonly task: Task
  readonly run: JobRun
  readonly end: DecidedEnd
  /** Sends made just now. */
  readonly sent: 0 | 1
  readonly now: number
  readonly later?: Later | undefined
}

export function finish(context: DispatchContext, { task, run, end, sent, now, later }: Finish): void {
  const attempts = task.state.progress.attempts + sent
  context.recorder.add(endEntry(task, { ...end, attempts, at: new Date(now) }))
  run.done(later)
}

/** The push service took the first push of a registration; where a device may not notice it, a second one follows. */
function followUp({ task: { subject }, answer, transport }: Sent): Later | undefined {
  const delayMs = transport.confirmationFollowUpMs
  if (delayMs === undefined || subject.kind !== 'confirmation' || subject.attempt > 1) return undefined
  if (!isAccepted(answer)) return undefined
  return { device: undefined, delayMs, progress: AFRESH, heldFor: undefined, isFollowUp: true }
}

function logAnswer(context: DispatchContext, task: Task, answer: Answer): void {
  if (isAccepted(answer)) return
  const { logger } = context
  const fields = { app: task.app, transport: task.transport, kind: task.subject.kind, message: task.messageId }
  if (answer instanceof TransportError) {
    logger.warn('The push service did not answer.', { ...fields, error: answer })
  } else if (answer.kind === 'unknown') {
    const { reason, raw } = answer
    logger.warn('The push service gave an answer that no table lists.', { ...fields, reason, raw })
  } else {
    logger.debug('The push service did not take a message.', { ...fields, outcome: answer.kind, reason: answer.reason })
  }
}
