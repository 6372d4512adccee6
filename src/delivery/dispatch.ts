// Sends one task: asks the holds, sends, and turns the answer into results, later jobs and holds.

import { PushError, TransportError } from '../model/push-error.ts'
import type { Transport } from '../model/transport.ts'
import type { NewJob, Progress } from '../queue/job.ts'
import type { BreakerBoard } from './breaker-board.ts'
import type { Cancellations } from './cancellations.ts'
import type { DeliveryContext, TransportPlace } from './context.ts'
import type { HoldBoard, Lease } from './hold-board.ts'
import type { JobRun } from './job-run.ts'
import type { KeepAlive } from './keep-alive.ts'
import { CANCELLED } from './prepare.ts'
import type { Recorder } from './recorder.ts'
import { type Answer, type Decision, decide } from './retry-policy.ts'
import { endEntry, type Later, type Task } from './task.ts'

export interface DispatchContext extends DeliveryContext {
  readonly board: HoldBoard
  readonly breakers: BreakerBoard
  readonly cancellations: Cancellations
  readonly keepAlive: KeepAlive
  readonly recorder: Recorder
  /** Aborted when no further send may start. */
  readonly stopping: AbortSignal
  /** Aborted when sends that are under way must end. */
  readonly aborting: AbortSignal
}

const NOTHING_HELD: Lease = { heldUntil: undefined, probing: false }
const AFRESH: Progress = { attempts: 0, unknowns: 0, reason: undefined }

/** Never rejects: whatever happens ends in the run. */
export async function dispatch(context: DispatchContext, task: Task, run: JobRun): Promise<void> {
  try {
    if (context.stopping.aborted || !context.keepAlive.isOurs(task.claim)) return run.abandon()
    const asking = context.transportOf(task.app, task.transport)
    const lease = asking ? await context.board.ask(task.app, asking) : NOTHING_HELD
    if (context.cancellations.has(task.messageId)) return finish(context, { task, run, end: WAS_CANCELLED, sent: 0 })
    if (isExpired(context, task)) return finish(context, { task, run, end: expired(task), sent: 0 })
    if (lease.heldUntil !== undefined) return run.done(heldBack(context, task, lease.heldUntil))
    const closes = mayCloseBreaker(context, task) && (await context.breakers.claimProbe(placeOf(task)))
    // Asked for again: it may be another one by now, and nothing may come between this and its send.
    const transport = context.transportOf(task.app, task.transport)
    if (!transport) return run.done(forOthers(task))
    const answer = await send(context, task, transport)
    if (answer === undefined) return run.abandon()
    if (closes && isAccepted(answer)) await context.breakers.close(placeOf(task))
    await settle(context, { task, run, lease, answer, transport })
  } catch (error) {
    // The database failed under a hold or a probe: the job is left to its next claim, which finds it as it was.
    context.logger.error('A send was interrupted; it is made again.', { error, app: task.app })
    run.abandon()
  }
}

/** The handshake's own pushes say nothing about addresses that were proven, nor does what goes nowhere. */
function mayCloseBreaker({ breakers }: DispatchContext, { app, transport, subject, content }: Task): boolean {
  return subject.kind === 'delivery' && content.validateOnly !== true && breakers.isProbeDue(app, transport)
}

function placeOf({ app, transport }: Task): TransportPlace {
  return { app, name: transport }
}

function isAccepted(answer: Answer): boolean {
  return !(answer instanceof TransportError) && answer.kind === 'accepted'
}

function isExpired(context: DispatchContext, { state }: Task): boolean {
  if (state.singleTry) return state.progress.attempts > 0
  return context.clock.now() >= state.expiresAt
}

function expired({ state }: Task): DecidedEnd {
  return { kind: 'end', outcome: 'expired', reason: state.progress.reason, providerId: undefined }
}

/** Waits for the end of a hold, but no longer than the message lives, so that its expiry is recorded in time. */
function heldBack(context: DispatchContext, task: Task, until: number) {
  const end = task.state.singleTry ? until : Math.min(until, task.state.expiresAt)
  return {
    device: deviceOf(task),
    delayMs: Math.max(1, end - context.clock.now()),
    progress: task.state.progress,
    heldFor: { app: task.app, transport: task.transport } satisfies NewJob['heldFor'],
  }
}

/** This process had the transport when it prepared the send, and has it no more. */
function forOthers(task: Task): Later {
  return { ...again(task), needs: task.transport }
}

/** As if it had not been tried. */
function again(task: Task): Later {
  return { device: deviceOf(task), delayMs: 0, progress: task.state.progress, heldFor: undefined }
}

function deviceOf({ subject }: Task): string | undefined {
  return subject.kind === 'delivery' ? subject.device : undefined
}

/** Undefined when it was cut short by our own end. */
async function send(context: DispatchContext, task: Task, transport: Transport): Promise<Answer | undefined> {
  const { address, addressSince, content, isContentOwn, messageId, receipt } = task
  try {
    const ttlSeconds = lifeLeft(context, task)
    const message = { content, isContentOwn, messageId, receipt, ttlSeconds }
    return await transport.send({ address, addressSince, ...message }, context.aborting)
  } catch (error) {
    if (context.aborting.aborted) return undefined
    if (error instanceof TransportError) return error
    // Our own fault, such as a database that is away while a token is read. It says nothing about the message, which
    // goes later.
    context.logger.error('A message could not be sent, by a fault of ours; it is tried again.', {
      error,
      app: task.app,
    })
    return { kind: 'deferred', scope: 'device', reason: error instanceof PushError ? error.code : 'PUSH_INTERNAL' }
  }
}

/** Seconds. A message that is tried once is for now or never. */
function lifeLeft(context: DispatchContext, { state }: Task): number {
  return state.singleTry ? 0 : Math.max(0, Math.floor((state.expiresAt - context.clock.now()) / 1000))
}

interface Sent {
  readonly task: Task
  readonly run: JobRun
  readonly lease: Lease
  readonly answer: Answer
  /** What it was sent through. */
  readonly transport: Transport
}

async function settle(context: DispatchContext, sent: Sent): Promise<void> {
  const { task, run, lease, answer, transport } = sent
  const { app, state } = task
  if (isOutdatedRefusal(context, sent)) return run.done(again(task))
  const now = context.clock.now()
  const decision = decide({ answer, state, backoff: transport.backoff, now }, context.random)
  logAnswer(context, task, answer)
  if (lease.probing && provesCredential(answer)) {
    await context.board.resume(app, transport.name)
  }
  if (decision.kind === 'end') return finish(context, { task, run, end: decision, sent: 1, later: followUp(sent) })
  const { hold, delayMs, progress } = decision
  if (hold) {
    await context.board.hold(app, transport, hold, delayMs)
    return run.done({ ...heldBack(context, task, now + delayMs), progress })
  }
  run.done({ device: deviceOf(task), delayMs, progress, heldFor: undefined })
}

/** Whoever judges the message or the address has let us in; who says «not now» may not have looked at the credential. */
function provesCredential(answer: Answer): boolean {
  if (answer instanceof TransportError) return false
  if (answer.kind === 'rejected' || answer.kind === 'unregistered') return answer.unsent !== true
  return answer.kind === 'accepted'
}

/** The credential was changed while the send was under way: that the old one is refused must not pause the new one. */
function isOutdatedRefusal(context: DispatchContext, { task, answer, transport }: Sent): boolean {
  if (answer instanceof TransportError || answer.kind !== 'unauthorized') return false
  const now = context.transportOf(task.app, task.transport)
  return now !== transport && now?.credentialFingerprint !== transport.credentialFingerprint
}

type DecidedEnd = Extract<Decision, { kind: 'end' }>

const WAS_CANCELLED: DecidedEnd = { kind: 'end', outcome: 'cancelled', reason: CANCELLED, providerId: undefined }

interface Finish {
  readonly task: Task
  readonly run: JobRun
  readonly end: DecidedEnd
  /** Sends made just now. */
  readonly sent: 0 | 1
  readonly later?: Later | undefined
}

function finish(context: DispatchContext, { task, run, end, sent, later }: Finish): void {
  const attempts = task.state.progress.attempts + sent
  context.recorder.add(endEntry(task, { ...end, attempts, at: new Date(context.clock.now()) }))
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
  const { logger } = context
  const fields = { app: task.app, transport: task.transport, kind: task.subject.kind, message: task.messageId }
  if (answer instanceof TransportError) {
    logger.warn('The push service did not answer.', { ...fields, error: answer })
  } else if (answer.kind === 'unknown') {
    const { reason, raw } = answer
    logger.warn('The push service gave an answer that no table lists.', { ...fields, reason, raw })
  } else if (answer.kind !== 'accepted') {
    logger.debug('The push service did not take a message.', { ...fields, outcome: answer.kind, reason: answer.reason })
  }
}
