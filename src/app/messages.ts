// Messages as the library and the doors use them.
import type { Database, Tx } from '../database/tx.ts'
import { CANCELLED } from '../delivery/prepare.ts'
import type { TransportName } from '../model/address.ts'
import { type Audience, assertAudience } from '../model/audience.ts'
import type { CallerTransaction } from '../model/caller-transaction.ts'
import { invalidMessage } from '../model/check-text.ts'
import { canonicalTag } from '../model/locale.ts'
import { StateError } from '../model/push-error.ts'
import {
  type AcceptContext,
  type Accepted,
  acceptAll,
  assertReceipts,
  assertSubmission,
  type Submission,
} from '../publishing/accept.ts'
import { type AudienceSubmission, acceptForAudience } from '../publishing/accept-audience.ts'
import { type AudienceCount, countAudience } from '../publishing/count-audience.ts'
import { type DryRun, dryRunForAudience, dryRunForDevice } from '../publishing/dry-run.ts'
import type { AcceptInGroup } from '../publishing/group-commit.ts'
import { previewMessage, type TransportPreview } from '../publishing/preview-message.ts'
import type { Settled, SettledOptions, SettledWatch } from '../publishing/settled.ts'
import { adoptTransaction } from '../queue/caller-transaction.ts'
import type { Announcer } from '../store/announcer.ts'
import { cancelMessage } from '../store/fan-outs.ts'
import { findFinished } from '../store/finished-messages.ts'
import { type MessageView, viewMessage } from '../store/messages.ts'
import { cancelWaiting } from '../store/releases.ts'
import { isUuid } from '../util/ids.ts'
import type { Transports } from './transports.ts'

export interface Messages {
  /**
   * Resolves once the message survives any crash of ours. With `tx`, it is part of the caller's transaction: sent if
   * that commits, and never otherwise.
   */
  submit(submission: Submission, tx?: CallerTransaction): Promise<Accepted>
  /** The same for everybody in an audience. */
  publish(submission: AudienceSubmission, tx?: CallerTransaction): Promise<Accepted>
  /** Whom it would reach, and with what. Throws what accepting it throws, and stores nothing. */
  dryRun(submission: Submission | AudienceSubmission, tx?: CallerTransaction): Promise<DryRun>
  /** Whom a message to this audience would reach now. Takes at most some ten seconds. */
  count(request: { readonly app: string; readonly audience: Audience }): Promise<AudienceCount>
  /** What the app's push services would get for it. Throws what accepting it for any device would. */
  preview(request: PreviewRequest): TransportPreview[]
  /** Stops what has not left. One that is over stays as it is. Throws PUSH_MESSAGE_UNKNOWN. */
  cancel(app: string, id: string): Promise<MessageView>
  settled(id: string, options?: SettledOptions): Promise<Settled>
  /** Throws PUSH_MESSAGE_UNKNOWN. */
  view(app: string, id: string): Promise<MessageView>
}

export interface PreviewRequest extends Omit<Submission, 'deviceId' | 'idempotencyKey'> {
  /** Default: all that the app has. */
  readonly transports?: readonly TransportName[] | undefined
  /** In this language. Default: the app’s. */
  readonly locale?: string | undefined
}

export interface MessagesInput {
  readonly database: Database
  readonly publishing: AcceptContext
  readonly accept: AcceptInGroup
  readonly watch: SettledWatch
  readonly transports: Pick<Transports, 'namesOf'>
  readonly assertApp: (app: string) => void
  readonly announcer?: Announcer | undefined
}

export function createMessages({ database, publishing, accept, watch, ...input }: MessagesInput): Messages {
  const { assertApp, transports, announcer } = input
  const viewKnown = async (app: string, id: string) => {
    const view = isUuid(id) ? await viewMessage(database, app, id) : undefined
    if (!view) throw new StateError('PUSH_MESSAGE_UNKNOWN')
    return view
  }
  return {
    async submit(submission, transaction) {
      assertApp(submission.app)
      assertSubmission(submission)
      if (transaction === undefined) return await accept(submission)
      const [result] = await acceptAll(publishing, await adoptTransaction(transaction), [submission])
      if (result && 'accepted' in result) return result.accepted
      throw result?.error
    },
    async publish(submission, transaction) {
      assertApp(submission.app)
      assertSubmission(submission)
      assertAudience(submission.audience)
      if (transaction !== undefined) {
        return await acceptForAudience(publishing, await adoptTransaction(transaction), submission)
      }
      return await database.transaction((tx) => acceptForAudience(publishing, tx, submission))
    },
    async dryRun(submission, transaction) {
      assertApp(submission.app)
      assertSubmission(submission)
      if ('audience' in submission) assertAudience(submission.audience)
      const tx = transaction === undefined ? database : await adoptTransaction(transaction)
      if ('audience' in submission) return await dryRunForAudience(publishing, tx, submission)
      return await dryRunForDevice(publishing, tx, submission)
    },
    async count(request) {
      assertApp(request.app)
      assertAudience(request.audience)
      return await countAudience({ database, clock: publishing.clock }, request)
    },
    preview(request) {
      assertApp(request.app)
      assertSubmission(request)
      assertReceipts(publishing, request.content)
      const recipient = { locale: localeIn(request) }
      return (request.transports ?? transports.namesOf(request.app)).map((transport) =>
        previewMessage(publishing, request, { transport, recipient }),
      )
    },
    async cancel(app, id) {
      assertApp(app)
      if (!isUuid(id)) throw new StateError('PUSH_MESSAGE_UNKNOWN')
      await database.transaction(async (tx) => {
        if (!(await stop(publishing, tx, { app, id }))) return
        // With no job of it left, none will end as the last.
        if (announcer?.hearsOfFinished(app)) await announcer.announce(tx, await findFinished(tx, [{ id, app }]))
      })
      return await viewKnown(app, id)
    },
    async settled(id, options) {
      if (!isUuid(id)) throw new StateError('PUSH_MESSAGE_UNKNOWN')
      return await watch.wait(id, options)
    },
    async view(app, id) {
      assertApp(app)
      return await viewKnown(app, id)
    },
  }
}

/** Whether something of it was still to come. */
async function stop(
  { queue, clock }: AcceptContext,
  tx: Tx,
  { app, id }: { app: string; id: string },
): Promise<boolean> {
  const at = new Date(clock.now())
  if (await cancelWaiting(tx, { app, id, at, reason: CANCELLED })) return true
  const cancelled = await cancelMessage(tx, app, id, at)
  if (!cancelled) return false
  await queue.tellCancelled(tx, id)
  // What waits for its time need not wait to hear of it.
  if (cancelled.mayBeDelayed) await queue.releaseDelayed(tx, id)
  return true
}

/** In its canonical form. Throws InputError PUSH_MESSAGE_INVALID. */
function localeIn({ locale }: PreviewRequest): string | undefined {
  const tag = locale === undefined ? undefined : canonicalTag(locale)
  if (tag !== undefined || locale === undefined) return tag
  throw invalidMessage('locale is no BCP 47 language tag.')
}
