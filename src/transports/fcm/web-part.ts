// What FCM is told for browsers alone: WebpushConfig. Pure.
// Sources: firebase.google.com/docs/cloud-messaging/send-message (webpush); RFC 8030 §5.
import type { MessageContent } from '../../model/message.ts'
import type { NotificationAction } from '../../model/notification.ts'
import { collapseKeyWithin } from '../collapse-key.ts'
import type { Life } from './life.ts'

/** RFC 8030 §5.4. */
const TOPIC = /^[A-Za-z0-9_-]{1,32}$/
const TOPIC_LENGTH = 32

export function webPart({ collapseKey, urgency, notification }: MessageContent, life: Life | undefined) {
  const actions = notification?.actions?.length ? notification.actions.map(toAction) : undefined
  const link = notification?.url
  const hasHeaders = life !== undefined || collapseKey !== undefined || urgency !== undefined
  if (!hasHeaders && actions === undefined && link === undefined) return undefined
  return {
    headers: hasHeaders
      ? {
          TTL: life && `${life.ttlSeconds}`,
          Urgency: urgency,
          Topic: collapseKey === undefined ? undefined : topicOf(collapseKey),
        }
      : undefined,
    notification: actions && { actions },
    fcm_options: link === undefined ? undefined : { link },
  }
}

function toAction({ id, title, icon }: NotificationAction) {
  return { action: id, title, icon }
}

function topicOf(key: string): string {
  return collapseKeyWithin(key, TOPIC.test(key)).slice(0, TOPIC_LENGTH)
}
