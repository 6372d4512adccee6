// Messages as the library and the doors use them.
import type { Database } from '../database/tx.ts'
import type { CallerTransaction } from '../model/caller-transaction.ts'
import { StateError } from '../model/push-error.ts'
import {
  type AcceptContext,
  type Accepted,
  acceptAll,
  assertSubmission,
  type Submission,
} from '../publishing/accept.ts'
import type { AcceptInGroup } from '../publishing/group-commit.ts'
import type { Settled, SettledOptions, SettledWatch } from '../publishing/settled.ts'
import { adoptTransaction } from '../queue/caller-transaction.ts'
import { type MessageView, viewMessage } from '../store/messages.ts'
import { isUuid } from '../util/ids.ts'

export interface Messages {
  /**
   * Resolves once the message survives any crash of ours. With `tx`, it is part of the caller's transaction: sent if
   * that commits, and never otherwise.
   */
  submit(submission: Submission, tx?: CallerTransaction): Promise<Accepted>
  settled(id: string, options?: SettledOptions): Promise<Settled>
  /** Throws PUSH_MESSAGE_UNKNOWN. */
  view(app: string, id: string): Promise<MessageView>
}

export interface MessagesInput {
  readonly database: Database
  readonly publishing: AcceptContext
  readonly accept: AcceptInGroup
  readonly watch: SettledWatch
  readonly assertApp: (app: string) => void
}

export function createMessages({ database, publishing, accept, watch, assertApp }: MessagesInput): Messages {
  return {
    async submit(submission, transaction) {
      assertApp(submission.app)
      assertSubmission(submission)
      if (transaction === undefined) return await accept(submission)
      const [result] = await acceptAll(publishing, await adoptTransaction(transaction), [submission])
      if (result && 'accepted' in result) return result.accepted
      throw result?.error
    },
    async settled(id, options) {
      if (!isUuid(id)) throw new StateError('PUSH_MESSAGE_UNKNOWN')
      return await watch.wait(id, options)
    },
    async view(app, id) {
      assertApp(app)
      const view = isUuid(id) ? await viewMessage(database, app, id) : undefined
      if (!view) throw new StateError('PUSH_MESSAGE_UNKNOWN')
      return view
    },
  }
}
