// Accepting a message for an audience: its row and the job that finds its devices, in one transaction.
import type { Tx } from '../database/tx.ts'
import { TRANSPORT_NAMES, type TransportName } from '../model/address.ts'
import type { Audience } from '../model/audience.ts'
import type { CheckFailure } from '../model/check-failure.ts'
import { checkFit } from '../model/content-bounds.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { assertRecipientValues, type RecipientValues } from '../model/recipient-values.ts'
import { insertMessages } from '../store/messages.ts'
import { insertMessageValues } from '../store/recipients.ts'
import { type AcceptContext, type Accepted, assertReceipts, newMessage, type Submission } from './accept.ts'
import { findKnownId, idempotencyOf } from './idempotency.ts'
import { findKnown } from './known-audience.ts'
import { rulesFor } from './rules-for.ts'

export interface AudienceSubmission extends Omit<Submission, 'deviceId' | 'values'> {
  readonly audience: Audience
  /** What variables stand for, for some of the devices or users that the audience names. */
  readonly values?: RecipientValues | undefined
  /** Leave out the devices whose push service cannot carry the message, instead of refusing it. Default false. */
  readonly skipUnfit?: boolean | undefined
}

/** Throws what is wrong with the message, and StateError PUSH_IDEMPOTENCY_CONFLICT. */
export async function acceptForAudience(
  context: AcceptContext,
  tx: Tx,
  submission: AudienceSubmission,
): Promise<Accepted> {
  const request = requestOf(submission)
  const knownId = await findKnownId(tx, request)
  if (knownId !== undefined) return { id: knownId }
  const { message: checked, unfit } = await toAudienceMessage(context, tx, submission)
  const message = { ...checked, unfit: unfit.map(({ transport }) => transport), ...request }
  const inserted = await insertMessages(tx, [message])
  if (inserted.has(message.id)) {
    if (submission.values !== undefined) await insertMessageValues(tx, message.id, submission.values)
    if (message.releaseAt === undefined) await context.queue.fanOuts.enqueue(tx, { messageId: message.id })
    return { id: message.id }
  }
  // Somebody else has accepted the same request at this very moment.
  const id = await findKnownId(tx, request)
  if (id === undefined) throw new StateError('PUSH_IDEMPOTENCY_CONFLICT')
  return { id }
}

/** What findKnownId knows it by. */
export function requestOf({ idempotencyKey, ...asked }: AudienceSubmission) {
  return { app: asked.app, idempotency: idempotencyOf(idempotencyKey, asked) }
}

/** A push service whose devices are left out, and why. */
export interface Unfit {
  readonly transport: TransportName
  readonly failure: CheckFailure
}

/** What is stored of it, and whom that leaves out. Throws why it is refused. */
export async function toAudienceMessage(context: AcceptContext, tx: Tx, submission: AudienceSubmission) {
  assertRecipientValues(submission.content, submission.audience, submission.values)
  const unfit = findUnfit(context, submission)
  const audience = await findKnown(tx, submission.app, submission.audience)
  return { message: { ...newMessage(context, submission), audience }, unfit }
}

/** Throws when nobody would get it, or some would not and must. */
function findUnfit(context: AcceptContext, submission: AudienceSubmission): Unfit[] {
  const { app, audience, content, skipUnfit = false } = submission
  assertReceipts(context, content)
  const names = reachedBy(context, app, audience)
  const unfit = names.flatMap((transport) => {
    const failure = checkFit(rulesFor(context, app, transport), content)
    return failure ? { transport, failure } : []
  })
  const [first] = unfit
  if (first && (!skipUnfit || unfit.length === names.length)) throw refusal(first, skipUnfit)
  return unfit
}

function reachedBy(context: AcceptContext, app: string, audience: Audience): readonly TransportName[] {
  const named = 'where' in audience ? audience.where.transport : undefined
  if (named !== undefined) return [named]
  const names = context.transportsOf(app)
  // Where others may have some, they are not known here, and nothing can be said of them.
  if (names.length > 0 || TRANSPORT_NAMES.some((name) => context.rulesOf(app, name))) return names
  throw new StateError('PUSH_TRANSPORT_UNAVAILABLE', { detail: `The app ${app} has no push service configured.` })
}

function refusal({ transport, failure }: Unfit, skipUnfit: boolean): InputError {
  const { code, detail } = failure
  if (skipUnfit) {
    return new InputError(code, { detail: `No push service of the app can carry it; ${transport}: ${detail}` })
  }
  return new InputError(code, {
    detail: `Devices of ${transport} could not get it: ${detail}`,
    cure: 'Change the message, or set skipUnfit to leave those devices out.',
  })
}
