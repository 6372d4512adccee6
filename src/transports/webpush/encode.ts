// A message as the text that a browser gets: JSON that Safari shows by itself (declarative web push) and that a service
// worker reads. docs/reference/web-push-format.md describes it. Pure.
// Sources: www.w3.org/TR/push-api, «declarative push message»; notifications.spec.whatwg.org, NotificationOptions.
import type { MessageContent } from '../../model/message.ts'
import type { Notification, NotificationAction } from '../../model/notification.ts'
import { RECEIPT_KEY } from '../../model/receipt-token.ts'
import { DECLARATIVE_WEB_PUSH } from '../../protocols/web-push-services.ts'
import { mergePatch } from '../../util/merge-patch.ts'
import { RECEIPT_SLOT } from '../receipt-slot.ts'

/** The key of `data` that the confirmation push has to itself. */
export const CONFIRMATION_KEY = 'confirmationToken'

/** With the slot of the receipt token if the message asks for receipts. */
export function encodePlaintext(content: MessageContent): string {
  const { data } = content
  const notification = encodeNotification(content)
  const receipt = content.receipts && { [RECEIPT_KEY]: RECEIPT_SLOT }
  const confirmationToken = data[CONFIRMATION_KEY]
  if (notification === undefined)
    return JSON.stringify(confirmationToken === undefined ? { data, ...receipt } : { confirmationToken })
  const badge = content.notification?.badge
  return JSON.stringify({
    web_push: DECLARATIVE_WEB_PUSH,
    notification,
    // W3C's draft has it here, Safari's first version in the notification.
    ...(badge !== undefined && { app_badge: badge }),
    // A service worker, where there is one, may change what is shown.
    mutable: true,
    ...(hasEntries(data) && { data }),
    ...receipt,
  })
}

/** The push that carries a registration's secret. */
export function confirmationContent(confirmationToken: string): MessageContent {
  return { data: { [CONFIRMATION_KEY]: confirmationToken }, urgency: 'high' }
}

/** Undefined: the message shows none. */
export function encodeNotification({ notification, overrides }: MessageContent): object | undefined {
  const override = overrides?.webpush?.notification
  if (notification === undefined && override === undefined) return undefined
  return mergePatch(notification && fromNeutral(notification), override ?? {}) as object
}

function fromNeutral({ title, body, image, actions, badge, url }: Notification): Readonly<Record<string, unknown>> {
  return {
    // A notification of the web has no body without a title.
    title: title || body,
    ...(title && body && { body }),
    ...(url !== undefined && { navigate: url }),
    ...(image !== undefined && { image }),
    ...(actions && actions.length > 0 && { actions: actions.map((action) => encodeAction(action, url)) }),
    ...(badge !== undefined && { app_badge: badge }),
  }
}

function encodeAction({ id, title, icon }: NotificationAction, url: string | undefined) {
  return { action: id, title, ...(icon !== undefined && { icon }), ...(url !== undefined && { navigate: url }) }
}

function hasEntries(object: object): boolean {
  for (const _ in object) return true
  return false
}
