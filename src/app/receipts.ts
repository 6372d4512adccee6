// Receipts as the library and the doors use them.
import type { Database } from '../database/tx.ts'
import { InputError, StateError } from '../model/push-error.ts'
import type { ReceiptClaim, ReceiptDesk } from '../publishing/receipts.ts'
import { countReceipts, type ReceiptCounts } from '../store/receipts.ts'
import { isUuid } from '../util/ids.ts'

export interface Receipts {
  /**
   * What devices tell; it may be told again. Throws PUSH_RECEIPT_REFUSED, which names the places in the list of those
   * that cannot be believed; the others are recorded all the same.
   */
  record(app: string, claims: readonly ReceiptClaim[]): Promise<void>
  /** Undefined when the message asks for none. Throws PUSH_MESSAGE_UNKNOWN. */
  count(messageId: string): Promise<ReceiptCounts | undefined>
}

export interface ReceiptsInput {
  readonly database: Database
  readonly receiptDesk: ReceiptDesk
  readonly assertApp: (app: string) => void
}

export function createReceipts({ database, receiptDesk, assertApp }: ReceiptsInput): Receipts {
  return {
    async record(app, claims) {
      assertApp(app)
      const refused = await receiptDesk.take(app, claims)
      if (refused.length === 0) return
      const which = claims.length === 1 ? 'The receipt' : `Of the receipts, counted from 0, ${refused.join(', ')}`
      throw new InputError('PUSH_RECEIPT_REFUSED', {
        detail: `${which} cannot be believed: not a token of this app, or its message is not kept any more.`,
      })
    },
    async count(messageId) {
      const found = isUuid(messageId) ? await countReceipts(database, messageId) : undefined
      if (!found) throw new StateError('PUSH_MESSAGE_UNKNOWN')
      return found.asked ? found.counts : undefined
    },
  }
}
