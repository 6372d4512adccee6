// What FCM is told for Android devices alone: AndroidConfig. Pure.

import type { MessageContent } from '../../model/message.ts'
import { ifAnyGiven } from '../../util/given.ts'
import { collapseKeyWithin } from '../collapse-key.ts'
import type { Life } from './life.ts'

/** FCM names no bound for it. */
const MAX_COLLAPSE_KEY_BYTES = 64

export function androidPart(content: MessageContent, life: Life | undefined) {
  const { collapseKey, urgency, android } = content
  const notification = shownOnAndroid(content)
  const isUsed =
    life !== undefined ||
    collapseKey !== undefined ||
    urgency !== undefined ||
    notification !== undefined ||
    android?.directBootOk !== undefined
  if (!isUsed) return undefined
  return {
    collapse_key: collapseKey === undefined ? undefined : shortCollapseKey(collapseKey),
    // FCM knows no more of them.
    priority: urgency && (urgency === 'high' ? 'HIGH' : 'NORMAL'),
    ttl: life && `${life.ttlSeconds}s`,
    notification,
    direct_boot_ok: android?.directBootOk,
  }
}

/** AndroidNotification: Android's own options first, then what the notification says to every platform. */
function shownOnAndroid({ notification, android }: MessageContent) {
  const sound = android?.sound ?? notification?.sound
  // 0 would mean that Android counts by itself, not that the number goes.
  const count = android?.notificationCount ?? (notification?.badge || undefined)
  if (android === undefined && sound === undefined && count === undefined) return undefined
  return ifAnyGiven({
    channel_id: android?.channelId,
    icon: android?.icon,
    color: android?.color,
    sound,
    tag: android?.tag,
    click_action: android?.clickAction,
    image: android?.imageUrl,
    visibility: android?.visibility?.toUpperCase(),
    notification_count: count,
    sticky: android?.sticky,
  })
}

function shortCollapseKey(key: string): string {
  return collapseKeyWithin(key, Buffer.byteLength(key) <= MAX_COLLAPSE_KEY_BYTES)
}
