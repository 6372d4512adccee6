// Sends one task: asks the holds, sends, and hands the answer on to what follows from it.
import { PushError, TransportError } from '../model/push-error.ts'
import type { Send } from '../model/transport.ts'
import type { TransportPlace } from './context.ts'
import type { DispatchContext } from './dispatch-context.ts'
import type { Lease } from './hold-board.ts'
import type { Lane, OpenSend } from './lane.ts'
import { forOthers, heldBack } from './later.ts'
import { CANCELLED } from './prepare.ts'
import { type Answer, isAccepted } from './retry-policy.ts'
import { type DecidedEnd, finish, settle } from './settle.ts'
import type { Task } from './task.ts'

const NOTHING_HELD: Lease = { heldUntil: undefined, probing: false }
const WAS_CANCELLED: DecidedEnd = { kind: 'end', outcome: 'cancelled', reason: CANCELLED, providerId: undefined }

/**
 * Never rejects: whatever happens ends in the send's run, and in its lane. It awaits only where there is something to
 * wait for, since in a broadcast each turn of the loop is felt.
 */
export async function dispatch(context: DispatchContext, send: OpenSend, lane: Lane): Promise<void> {
  const { task, run, departedAt } = send
  let answer: Answer | undefined
  try {
    if (context.stopping.aborted || !context.keepAlive.isOurs(task.claim, departedAt)) return run.abandon()
    const asked = ask(context, task, departedAt)
    const lease = asked instanceof Promise ? await asked : asked
    const unsent = whyUnsent(context, task, departedAt)
    if (unsent) return finish(context, { task, run, end: unsent, sent: 0, now: departedAt })
    if (lease.heldUntil !== undefined) return run.done(heldBack(task, lease.heldUntil, departedAt))
    const closes = mayCloseBreaker(context, task) && (await context.breakers.claimProbe(placeOf(task)))
    // Asked for again: it may be another one by now, and nothing may come between this and its send.
    const transport = context.transportOf(task.app, task.transport)
    if (!transport) return run.done(forOthers(task))
    try {
      answer = await transport.send(sendOf(task, departedAt), context.aborting)
    } catch (error) {
      answer = answerOfFailure(context, task, error)
    }
    if (answer === undefined) return run.abandon()
    if (closes && isAccepted(answer)) await context.breakers.close(placeOf(task))
    const settling = settle(context, { task, run, lease, answer, transport, now: context.clock.now() })
    if (settling) await settling
  } catch (error) {
    // The database failed under a hold or a probe: the job is left to its next claim, which finds it as it was.
    context.logger.error('A send was interrupted; it is made again.', { error, app: task.app })
    run.abandon()
  } finally {
    lane.ended(send, answer)
  }
}

function ask(context: DispatchContext, { app, transport }: Task, now: number): Lease | Promise<Lease> {
  const asking = context.transportOf(app, transport)
  return asking ? context.board.ask(app, asking, now) : NOTHING_HELD
}

function whyUnsent({ cancellations }: DispatchContext, task: Task, now: number): DecidedEnd | undefined {
  if (cancellations.has(task.messageId)) return WAS_CANCELLED
  return isExpired(task, now) ? expired(task) : undefined
}

/** The handshake's own pushes say nothing about addresses that were proven, nor does what goes nowhere. */
function mayCloseBreaker({ breakers }: DispatchContext, { app, transport, subject, content }: Task): boolean {
  return subject.kind === 'delivery' && content.validateOnly !== true && breakers.isProbeDue(app, transport)
}

function placeOf({ app, transport }: Task): TransportPlace {
  return { app, name: transport }
}

function isExpired({ state }: Task, now: number): boolean {
  if (state.singleTry) return state.progress.attempts > 0
  return now >= state.expiresAt
}

function expired({ state }: Task): DecidedEnd {
  return { kind: 'end', outcome: 'expired', reason: state.progress.reason, providerId: undefined }
}

function sendOf(task: Task, now: number): Send {
  const { address, addressSince, content, isContentOwn, messageId, receipt, state } = task
  // A message that is tried once is for now or never.
  const ttlSeconds = state.singleTry ? 0 : Math.max(0, Math.floor((state.expiresAt - now) / 1000))
  return { address, addressSince, content, isContentOwn, messageId, receipt, ttlSeconds }
}

/** Undefined when it was cut short by our own end. */
function answerOfFailure({ aborting, logger }: DispatchContext, { app }: Task, error: unknown): Answer | undefined {
  if (aborting.aborted) return undefined
  if (error instanceof TransportError) return error
  // Our own fault, such as a database that is away while a token is read. It says nothing about the message, which
  // goes later.
  logger.error('A message could not be sent, by a fault of ours; it is tried again.', { error, app })
  return { kind: 'deferred', scope: 'device', reason: error instanceof PushError ? error.code : 'PUSH_INTERNAL' }
}
