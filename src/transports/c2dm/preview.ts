// The request that C2DM would get for a message, and what of the message it does not carry. Pure.
import type { MessageContent } from '../../model/message.ts'
import { ADDRESS_STAND_IN, type Preview } from '../../model/preview.ts'
import { RECEIPT_KEY } from '../../model/receipt-token.ts'
import { C2DM_MAX_MESSAGE_BYTES, C2DM_SEND_PATH } from '../../protocols/c2dm.ts'
import { RECEIPT_STAND_IN } from '../receipt-slot.ts'
import { checkC2dmContent, measureC2dm } from './check.ts'
import { encodeForm, encodeHeaders } from './encode.ts'

/** Which a form escapes nothing of, unlike the stand-ins that take their place afterwards. */
const MARKED = { address: 'address', messageId: 'id', receipt: 'token' }

export function previewC2dm(content: MessageContent, ttlSeconds: number | undefined): Preview {
  const refusal = checkC2dmContent(content)
  const headers = Object.entries(encodeHeaders('{token}')).map(([name, value]) => [name.toLowerCase(), value])
  return {
    method: 'POST',
    path: C2DM_SEND_PATH,
    headers: Object.fromEntries(headers),
    body: formOf(content),
    bytes: measureC2dm(content).total,
    maxBytes: C2DM_MAX_MESSAGE_BYTES,
    notes: notesOn(content, ttlSeconds),
    ...(refusal && { refusal }),
  }
}

function formOf(content: MessageContent): string {
  const receipt = content.receipts ? MARKED.receipt : undefined
  const form = encodeForm({ ...MARKED, content, receipt })
    .replace('=address&', `=${ADDRESS_STAND_IN}&`)
    .replace(`data.${RECEIPT_KEY}=${MARKED.receipt}`, `data.${RECEIPT_KEY}=${RECEIPT_STAND_IN}`)
  return content.collapseKey === undefined ? form.replace('collapse_key=mid', 'collapse_key=m{message id}') : form
}

function notesOn({ notification, android, urgency }: MessageContent, ttlSeconds: number | undefined): string[] {
  return [
    ...(notification ? ['C2DM shows nothing by itself: notification is not sent, only data is.'] : []),
    ...(android ? ['C2DM shows nothing by itself: android is not sent.'] : []),
    ...(urgency ? ['C2DM knows no urgency: it is not sent.'] : []),
    ...(ttlSeconds === undefined ? [] : ['C2DM takes no ttl: what it has taken may arrive after it.']),
  ]
}
