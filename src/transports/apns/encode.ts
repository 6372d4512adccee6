// A message as APNs takes it: the payload and the headers that are the same for every device, and those that are not.
// Pure.
// Sources: developer.apple.com/documentation/usernotifications: generating-a-remote-notification and
// sending-notification-requests-to-apns.
import { hash } from 'node:crypto'
import type { MessageContent } from '../../model/message.ts'
import { RECEIPT_KEY } from '../../model/receipt-token.ts'
import type { Send } from '../../model/transport.ts'
import type { Urgency } from '../../model/urgency.ts'
import {
  APNS_MAX_COLLAPSE_ID_BYTES,
  APNS_PUSH_TYPES,
  APNS_TOPIC_SUFFIXES,
  type ApnsPushType,
} from '../../protocols/apns.ts'
import { mergePatch } from '../../util/merge-patch.ts'
import { categoryOf } from '../category.ts'
import { collapseKeyWithin } from '../collapse-key.ts'
import { RECEIPT_SLOT } from '../receipt-slot.ts'
import { createRecentMessages } from '../recent-messages.ts'

export interface EncodedContent {
  readonly pushType: string
  /** JSON, with the slot of the receipt token if the message asks for receipts. */
  readonly payload: string
  /** All but authorization, apns-id and apns-expiration, which a message may set for itself all the same. */
  readonly headers: Readonly<Record<string, string>>
}

/** What of a notification has a key of its own beside `aps`; data of the same name goes before. */
export const NOTIFICATION_KEYS = ['image', 'url'] as const

export function encodeContent(content: MessageContent, topic: string): EncodedContent {
  const { collapseKey, overrides } = content
  const merged = mergePatch(neutralPayload(content), overrides?.apns?.payload ?? {}) as object
  const payload = content.receipts ? { ...merged, [RECEIPT_KEY]: RECEIPT_SLOT } : merged
  const given = overrides?.apns?.headers ?? {}
  const pushType = given['apns-push-type'] ?? pushTypeOf(payload)
  const priority = priorityOf(pushType, content.urgency)
  return {
    pushType,
    payload: JSON.stringify(payload),
    headers: {
      'apns-push-type': pushType,
      'apns-topic': `${topic}${isPushType(pushType) ? APNS_TOPIC_SUFFIXES[pushType] : ''}`,
      ...(priority && { 'apns-priority': priority }),
      ...(collapseKey !== undefined && {
        'apns-collapse-id': collapseKeyWithin(collapseKey, isCollapseId(collapseKey)),
      }),
      ...given,
    },
  }
}

/** Encodes for one topic. */
export function createEncoder(topic: string): (send: Pick<Send, 'content' | 'isContentOwn'>) => EncodedContent {
  const recent = createRecentMessages<{ readonly content: MessageContent; readonly encoded: EncodedContent }>()
  return ({ content, isContentOwn }) => {
    if (isContentOwn) return encodeContent(content, topic)
    for (const known of recent.all) if (known.content === content) return known.encoded
    const encoded = encodeContent(content, topic)
    recent.keep({ content, encoded })
    return encoded
  }
}

/** 1 keeps the device asleep; Apple names it for what is shown, and 5 for what is not. */
const PRIORITIES: Readonly<Record<Urgency, string>> = { high: '10', normal: '5', low: '1', 'very-low': '1' }

/** Undefined: APNs takes 10. */
function priorityOf(pushType: string, urgency: Urgency | undefined): string | undefined {
  if (pushType === 'background') return '5'
  if (urgency === undefined) return undefined
  return pushType === 'alert' || urgency === 'high' ? PRIORITIES[urgency] : '5'
}

/**
 * UNIX seconds until which APNs may store it, 0 for not at all; undefined: for as long as APNs does by itself.
 * `now`: milliseconds since the epoch.
 */
export function expirationOf(ttlSeconds: number | undefined, now: number): string | undefined {
  if (ttlSeconds === undefined) return undefined
  return ttlSeconds === 0 ? '0' : String(Math.floor(now / 1000) + ttlSeconds)
}

/**
 * One UUID for each message and device, the same on every repeat: of version 8 (RFC 9562 §5.8), since it comes from a
 * digest. The message's own id would be the same for all devices.
 */
export function apnsIdOf(messageId: string, deviceToken: string): string {
  const hex = hash('sha256', `${messageId}\0${deviceToken}`)
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function isPushType(text: string): text is ApnsPushType {
  return APNS_PUSH_TYPES.some((known) => known === text)
}

function neutralPayload({ data, notification, receipts }: MessageContent): object {
  if (notification === undefined) return { aps: { 'content-available': 1 }, ...data }
  const { title, body, image, actions = [], badge, sound, url } = notification
  return {
    aps: {
      alert: { ...(title && { title }), ...(body && { body }) },
      ...(badge !== undefined && { badge }),
      ...(sound !== undefined && { sound }),
      ...(actions.length > 0 && { category: categoryOf(actions) }),
      // The application's extension fetches the picture, and tells of the delivery, before the notification is shown.
      ...((image !== undefined || receipts) && { 'mutable-content': 1 }),
    },
    ...(image !== undefined && { image }),
    ...(url !== undefined && { url }),
    ...data,
  }
}

/** What shows nothing and makes no sound is a background push; APNs wants to be told. */
function pushTypeOf(payload: unknown): ApnsPushType {
  const { aps = {} } = payload as { aps?: object }
  return ['alert', 'badge', 'sound'].some((name) => Object.hasOwn(aps ?? {}, name)) ? 'alert' : 'background'
}

/** Neither too long nor what no header can hold. */
export function isCollapseId(key: string): boolean {
  return key.length <= APNS_MAX_COLLAPSE_ID_BYTES && /^[!-~]([ -~]*[!-~])?$/.test(key)
}
