// What FCM is told for iOS devices alone: ApnsConfig. FCM makes the alert of the notification's title and body. Pure.
// Sources: firebase.google.com/docs/cloud-messaging/send-message (platform overrides, images);
// developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns.
import type { MessageContent } from '../../model/message.ts'
import { categoryOf } from '../category.ts'
import { collapseKeyWithin } from '../collapse-key.ts'
import type { Life } from './life.ts'

/** `apns-collapse-id` takes 64 bytes, and is a header. */
const COLLAPSE_ID = /^[\x21-\x7e]{1,64}$/

export function applePart(content: MessageContent, life: Life | undefined) {
  const { collapseKey, urgency, notification } = content
  const aps = apsOf(content)
  const image = notification?.image
  const hasHeaders = life !== undefined || collapseKey !== undefined || urgency !== undefined
  if (!hasHeaders && aps === undefined) return undefined
  return {
    headers: hasHeaders
      ? {
          // Data alone goes with 5, or FCM refuses it.
          'apns-priority': urgency && (notification && urgency === 'high' ? '10' : '5'),
          'apns-expiration': life?.expiration,
          'apns-collapse-id': collapseKey === undefined ? undefined : collapseId(collapseKey),
        }
      : undefined,
    payload: aps && { aps },
    fcm_options: image === undefined ? undefined : { image },
  }
}

function apsOf({ notification, urgency, receipts }: MessageContent) {
  // Without it iOS does not wake the application for data.
  if (notification === undefined) return urgency && { 'content-available': 1 }
  const { badge, sound, image, actions = [] } = notification
  const isMutable = image !== undefined || receipts === true
  if (badge === undefined && sound === undefined && !isMutable && actions.length === 0) return undefined
  return {
    badge,
    sound,
    category: actions.length === 0 ? undefined : categoryOf(actions),
    // The application's extension fetches the picture, and tells of the delivery, before the notification is shown.
    'mutable-content': isMutable ? 1 : undefined,
  }
}

function collapseId(key: string): string {
  return collapseKeyWithin(key, COLLAPSE_ID.test(key))
}
