// A message as FCM's Message without its target: the common part, a part for each platform that FCM reaches, and over it
// what the message says to FCM alone. Pure.
// Source: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages.
import type { MessageContent } from '../../model/message.ts'
import { RECEIPT_KEY } from '../../model/receipt-token.ts'
import { mergePatch } from '../../util/merge-patch.ts'
import { RECEIPT_SLOT } from '../receipt-slot.ts'
import { androidPart } from './android-part.ts'
import { applePart } from './apple-part.ts'
import type { Life } from './life.ts'
import { webPart } from './web-part.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Fields without a value are undefined, which JSON leaves out. */
export function compileMessage(content: MessageContent, life?: Life): Fields {
  const message = compileNeutral(content, life)
  const override = content.overrides?.fcm
  const compiled = override === undefined ? message : (mergePatch(message, override) as Fields)
  return content.receipts ? withReceipt(compiled) : compiled
}

/** Android and browsers get data of their own in place of the data, where there is such. */
function withReceipt(message: Fields): Fields {
  const addTo = (data: unknown) => ({ ...fieldsOf(data), [RECEIPT_KEY]: RECEIPT_SLOT })
  const { data, ...rest } = message
  const own = ['android', 'webpush'].filter((name) => fieldsOf(rest[name]).data)
  const parts = own.map((name) => [name, { ...fieldsOf(rest[name]), data: addTo(fieldsOf(rest[name]).data) }])
  return { data: addTo(data), ...rest, ...Object.fromEntries(parts) }
}

function compileNeutral(content: MessageContent, life: Life | undefined): Fields {
  const { notification } = content
  const data = compileData(content)
  return {
    data: hasEntries(data) ? data : undefined,
    notification: notification && {
      title: notification.title,
      body: notification.body,
      image: notification.image,
    },
    android: androidPart(content, life),
    apns: applePart(content, life),
    webpush: webPart(content, life),
  }
}

/** Only for browsers FCM opens a URL by itself: every application gets it with the data, unless that has its own. */
function compileData({ data, notification }: MessageContent): Readonly<Record<string, string>> {
  const url = notification?.url
  return url === undefined || Object.hasOwn(data, 'url') ? data : { ...data, url }
}

/** A field that holds fields; an override may have put anything there. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function hasEntries(object: object): boolean {
  for (const _ in object) return true
  return false
}
