// The request that FCM would get for a message, and what of the message it does not carry. Pure.
import type { MessageContent } from '../../model/message.ts'
import { ADDRESS_STAND_IN, type Preview } from '../../model/preview.ts'
import { FCM_MAX_MESSAGE_BYTES } from '../../protocols/fcm.ts'
import { categoryOf } from '../category.ts'
import { fillReceipt, RECEIPT_STAND_IN } from '../receipt-slot.ts'
import { checkFcmContent } from './check.ts'
import { compileMessage, type Fields, fieldsOf } from './compile.ts'
import { encodeRest, targetOf } from './encode.ts'
import { lifeOf } from './life.ts'
import { type MessageSize, measureFcm } from './size.ts'

export function previewFcm(content: MessageContent, ttlSeconds: number | undefined): Preview {
  const refusal = checkFcmContent(content)
  const message = compileMessage(content)
  const size = measureFcm(message)
  const life = lifeOf(ttlSeconds, ttlSeconds === 0 ? '0' : `{now + ${ttlSeconds}}`)
  return {
    method: 'POST',
    path: '/v1/projects/{project}/messages:send',
    headers: { 'content-type': 'application/json', authorization: 'Bearer {access token}' },
    body: targetOf(ADDRESS_STAND_IN) + fillReceipt(encodeRest(content, life), RECEIPT_STAND_IN),
    bytes: size.total,
    maxBytes: FCM_MAX_MESSAGE_BYTES,
    notes: [
      ...notesOnNotification(content),
      ...notesOnDelivery(content),
      ...notesOnCollapseKey(content, message),
      ...notesOnSize(size),
    ],
    ...(refusal && { refusal }),
  }
}

function notesOnNotification({ data, notification, android }: MessageContent): string[] {
  const { actions, badge, sound, url } = notification ?? {}
  const notes: string[] = []
  if (actions?.length) {
    notes.push(
      'actions go to browsers as they are; an iOS application shows the buttons of its category ' +
        `${categoryOf(actions)}, and Android shows none.`,
    )
  }
  if (badge !== undefined) notes.push('badge is not carried to browsers.')
  if (badge === 0 && android?.notificationCount === undefined) {
    notes.push('A badge of 0 takes the number away on iOS only; on Android that is the application’s to do.')
  }
  if (sound !== undefined) {
    notes.push('sound is not carried to browsers; since Android 8 the notification channel decides on it.')
  }
  if (url !== undefined) {
    notes.push(
      Object.hasOwn(data, 'url')
        ? 'url goes to browsers only: data has a url of its own, which applications get.'
        : 'url opens by itself in browsers only; Android and iOS applications get it as data.url.',
    )
  }
  return notes
}

function notesOnDelivery({ urgency, notification, delayWhileIdle, receipts }: MessageContent): string[] {
  const notes: string[] = []
  if (receipts && notification !== undefined) {
    notes.push('Where Android shows the notification by itself, the application learns of it when it is opened only.')
  }
  if (delayWhileIdle === true) notes.push('delayWhileIdle is not sent: FCM decides by urgency.')
  if (urgency === 'high' && notification === undefined) {
    notes.push('On iOS data alone goes with apns-priority 5, whatever urgency says: no other is taken.')
  }
  return notes
}

function notesOnCollapseKey({ collapseKey }: MessageContent, { android, apns, webpush }: Fields): string[] {
  if (collapseKey === undefined) return []
  const sent = {
    Android: fieldsOf(android).collapse_key,
    iOS: fieldsOf(fieldsOf(apns).headers)['apns-collapse-id'],
    browsers: fieldsOf(fieldsOf(webpush).headers).Topic,
  }
  const replaced = Object.entries(sent).flatMap(([platform, key]) => (key === collapseKey ? [] : [platform]))
  return replaced.length === 0 ? [] : [`For ${replaced.join(', ')} collapseKey is replaced by its hash.`]
}

function notesOnSize({ total, apple, web }: MessageSize): string[] {
  const notes: string[] = []
  for (const [platform, bytes] of Object.entries({ iOS: apple, browsers: web })) {
    if (bytes > 0 && total + bytes > FCM_MAX_MESSAGE_BYTES) {
      notes.push(`With its part for ${platform} the message is ${total + bytes} bytes, and may be refused there.`)
    }
  }
  return notes
}
