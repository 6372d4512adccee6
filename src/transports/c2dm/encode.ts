// A message as C2DM's form, and the confirmation push as a message. Pure.
// Source: developer.android.com/google/gcm/c2dm.html; Google's sample C2DMessaging.java.
import type { MessageContent } from '../../model/message.ts'
import { RECEIPT_KEY } from '../../model/receipt-token.ts'
import type { Send } from '../../model/transport.ts'
import { GOOGLE_LOGIN_SCHEME } from '../../protocols/c2dm.ts'

/** A UUID behind one letter. */
export const DERIVED_COLLAPSE_KEY_BYTES = 37

export function encodeForm({ address, content, messageId, receipt }: Send): string {
  const form = new URLSearchParams({
    registration_id: address,
    collapse_key: content.collapseKey ?? deriveCollapseKey(messageId),
  })
  for (const [key, value] of Object.entries(content.data)) form.append(`data.${key}`, value)
  if (receipt !== undefined) form.append(`data.${RECEIPT_KEY}`, receipt)
  // The field's presence is the flag, whatever its value.
  if (content.delayWhileIdle === true) form.append('delay_while_idle', '1')
  return form.toString()
}

export function encodeHeaders(token: string): Record<string, string> {
  return {
    'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
    Authorization: `${GOOGLE_LOGIN_SCHEME}${token}`,
  }
}

/** The push that carries a registration's secret, as django-c2dm sent it. */
export function confirmationContent(confirmationToken: string): MessageContent {
  return {
    data: { registration_token: confirmationToken },
    collapseKey: 'registration_token',
    delayWhileIdle: true,
  }
}

/** C2DM wants a key with every message: one of its own keeps a message from ever collapsing, and lets a repeat do so. */
function deriveCollapseKey(messageId: string): string {
  return `m${messageId}`
}
