// The request that APNs would get for a message, and what of the message it does not carry. Pure.
import type { MessageContent } from '../../model/message.ts'
import { ADDRESS_STAND_IN, type Preview } from '../../model/preview.ts'
import { APNS_DEVICE_PATH } from '../../protocols/apns.ts'
import { categoryOf } from '../category.ts'
import { fillReceipt, RECEIPT_STAND_IN } from '../receipt-slot.ts'
import { checkApnsContent, maxPayloadBytes } from './check.ts'
import { encodeContent, isCollapseId, NOTIFICATION_KEYS } from './encode.ts'

/** `topic`: the app's, or what stands in for it. */
export function previewApns(content: MessageContent, ttlSeconds: number | undefined, topic = '{bundle id}'): Preview {
  const { payload, headers, pushType } = encodeContent(content, topic)
  const refusal = checkApnsContent(content)
  return {
    method: 'POST',
    path: `${APNS_DEVICE_PATH}${ADDRESS_STAND_IN}`,
    headers: {
      authorization: 'bearer {provider token}',
      'apns-id': '{UUID of message and device}',
      ...(ttlSeconds !== undefined && { 'apns-expiration': ttlSeconds === 0 ? '0' : `{now + ${ttlSeconds}}` }),
      ...headers,
    },
    body: fillReceipt(payload, RECEIPT_STAND_IN),
    bytes: Buffer.byteLength(payload),
    maxBytes: maxPayloadBytes(pushType),
    notes: notesOn(content, pushType),
    ...(refusal && { refusal }),
  }
}

function notesOn(content: MessageContent, pushType: string): string[] {
  const { data, notification, collapseKey, urgency, delayWhileIdle, android } = content
  const { actions = [] } = notification ?? {}
  const covered = NOTIFICATION_KEYS.filter((key) => notification?.[key] !== undefined && Object.hasOwn(data, key))
  return [
    pushType === 'background' &&
      urgency !== undefined &&
      urgency !== 'normal' &&
      'A background push has the priority 5, whatever urgency says.',
    pushType === 'background' &&
      'iOS gives an application few background pushes an hour, and none that was swiped away.',
    collapseKey !== undefined && !isCollapseId(collapseKey) && 'The collapse key is replaced by its hash.',
    actions.length > 0 &&
      `The titles and icons of the actions are not carried: the application shows the buttons of its category ${categoryOf(actions)}.`,
    notification?.image !== undefined &&
      'The picture is shown if the application’s notification service extension fetches it.',
    ...covered.map((key) => `data.${key} goes in place of notification.${key}.`),
    delayWhileIdle === true && 'delayWhileIdle is not carried.',
    android !== undefined && 'android is not carried.',
  ].filter((note) => note !== false)
}
