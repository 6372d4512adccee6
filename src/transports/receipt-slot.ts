// The place of a receipt token in a message that is compiled once and sent to many devices, each with its own token.
import { RECEIPT_TOKEN_LENGTH } from '../model/receipt-token.ts'

/** JSON writes NUL in six characters. */
const ESCAPED_NUL = 6

/**
 * What stands in the token's place. No message holds it, since none holds NUL; and as JSON it is as long as a token, so
 * that sizes are right before it is filled.
 */
export const RECEIPT_SLOT = `\0${'-'.repeat(RECEIPT_TOKEN_LENGTH - ESCAPED_NUL)}`

/** With its quotes: a text that spells the escape has one backslash more behind its own. */
const SLOT_AS_JSON = JSON.stringify(RECEIPT_SLOT)

/** What a preview shows there. */
export const RECEIPT_STAND_IN = '{receipt}'

/** @param json That was made with `RECEIPT_SLOT` for the token. */
export function fillReceipt(json: string, token = ''): string {
  return json.replaceAll(SLOT_AS_JSON, `"${token}"`)
}
