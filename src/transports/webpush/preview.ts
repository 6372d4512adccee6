// The request that a push service would get for a message, and what of the message browsers do not carry. Pure.
import type { MessageContent } from '../../model/message.ts'
import { ADDRESS_STAND_IN, type Preview } from '../../model/preview.ts'
import { WEB_PUSH_MAX_BODY_BYTES } from '../../protocols/web-push.ts'
import { fillReceipt, RECEIPT_STAND_IN } from '../receipt-slot.ts'
import { checkWebPushContent } from './check.ts'
import { encodePlaintext } from './encode.ts'
import { OVERHEAD_BYTES } from './encrypt.ts'
import { requestHeaders, topicOf } from './headers.ts'

/** What browsers show at most; Chrome's `Notification.maxActions`. */
const SHOWN_ACTIONS = 2

export function previewWebPush(content: MessageContent, ttlSeconds: number | undefined): Preview {
  const refusal = checkWebPushContent(content)
  const body = encodePlaintext(content)
  const bytes = Buffer.byteLength(body) + OVERHEAD_BYTES
  const authorization = 'vapid t={token}, k={public key}'
  return {
    method: 'POST',
    path: ADDRESS_STAND_IN,
    headers: requestHeaders({ content, ttlSeconds, service: 'other', authorization, bytes }),
    body: fillReceipt(body, RECEIPT_STAND_IN),
    bytes,
    maxBytes: WEB_PUSH_MAX_BODY_BYTES,
    notes: [...notesOf(content)],
    ...(refusal && { refusal }),
  }
}

function* notesOf({ notification, collapseKey, delayWhileIdle, android }: MessageContent): Generator<string> {
  if (notification?.sound !== undefined) yield 'notification.sound is left out: a browser has one sound for all.'
  if ((notification?.actions?.length ?? 0) > SHOWN_ACTIONS) {
    yield `Of notification.actions most browsers show ${SHOWN_ACTIONS}, and Safari none.`
  }
  if (notification && notification.url === undefined) {
    yield 'Without notification.url Safari shows nothing by itself; the service worker has to.'
  }
  if (collapseKey !== undefined && topicOf(collapseKey, 'other') !== collapseKey) {
    yield 'collapseKey is no Topic (up to 32 of A–Z a–z 0–9 - _), so its hash goes out.'
  }
  if (delayWhileIdle === true) yield 'delayWhileIdle is left out: C2DM alone knows it.'
  if (android !== undefined) yield 'android is left out: it is for FCM.'
}
