// A message as the body of FCM's messages:send, and the confirmation push as a message. Pure.
// Source: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages.
import { createHash } from 'node:crypto'
import type { MessageContent } from '../../model/message.ts'
import type { AndroidOptions } from '../../model/notification.ts'
import type { Send } from '../../model/transport.ts'
import { FCM_FID, FCM_MAX_TTL_SECONDS } from '../../protocols/fcm.ts'

/**
 * FCM names no bound for a collapse key. Longer ones are replaced by their hash, which serves as well: a key is only
 * ever compared.
 */
const MAX_COLLAPSE_KEY_BYTES = 64

export function encodeMessage({ address, content, ttlSeconds }: Send): string {
  const { data, notification } = content
  const android = encodeAndroid(content, ttlSeconds)
  return JSON.stringify({
    message: {
      // What an address is shows in its shape: an installation id has 22 characters, a token many more.
      ...(FCM_FID.test(address) ? { fid: address } : { token: address }),
      ...(hasEntries(data) && { data }),
      ...(notification && { notification }),
      ...(hasEntries(android) && { android }),
    },
  })
}

function encodeAndroid(content: MessageContent, ttlSeconds: number | undefined): Readonly<Record<string, unknown>> {
  const { collapseKey, priority, android } = content
  return {
    ...(collapseKey !== undefined && { collapse_key: shortCollapseKey(collapseKey) }),
    ...(priority !== undefined && { priority: priority.toUpperCase() }),
    ...(ttlSeconds !== undefined && { ttl: `${Math.min(ttlSeconds, FCM_MAX_TTL_SECONDS)}s` }),
    ...(android && encodeOptions(android)),
  }
}

function encodeOptions({ directBootOk, ...shown }: AndroidOptions): Readonly<Record<string, unknown>> {
  const notification = {
    channel_id: shown.channelId,
    icon: shown.icon,
    color: shown.color,
    sound: shown.sound,
    tag: shown.tag,
    click_action: shown.clickAction,
    image: shown.imageUrl,
    visibility: shown.visibility?.toUpperCase(),
    notification_count: shown.notificationCount,
    sticky: shown.sticky,
  }
  const isUsed = Object.values(notification).some((value) => value !== undefined)
  return { ...(isUsed && { notification }), ...(directBootOk !== undefined && { direct_boot_ok: directBootOk }) }
}

function shortCollapseKey(key: string): string {
  return Buffer.byteLength(key) <= MAX_COLLAPSE_KEY_BYTES ? key : createHash('sha256').update(key).digest('base64url')
}

function hasEntries(object: object): boolean {
  for (const _ in object) return true
  return false
}

/** The push that carries a registration's secret: data only, so that the application reads it unseen. */
export function confirmationContent(confirmationToken: string): MessageContent {
  return { data: { confirmationToken }, priority: 'high' }
}
