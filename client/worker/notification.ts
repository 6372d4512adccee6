// Shows notifications, and keeps in each what a click on it needs to know.
import type { PushAction, PushNotification } from '../shared/push-message.ts'
import type { Payload } from './payload.ts'
import { worker } from './scope.ts'
import type { Looks, OwnNotification } from './settings.ts'

/** What a notification carries in its `data`. */
export interface Carried {
  readonly data: Payload['data']
  readonly receipt?: string
  readonly url?: string
  /** Where the buttons lead, by id. */
  readonly urls: Readonly<Record<string, string>>
}

/** TypeScript knows only what every browser shows; browsers ignore what they do not know. */
interface Options extends NotificationOptions {
  readonly image?: string
  readonly actions?: readonly PushAction[]
  readonly renotify?: boolean
}

export async function showMessage(
  notification: PushNotification,
  { data, receipt }: Payload,
  looks: Looks,
): Promise<void> {
  // What is left in `navigate` would be followed by the browser itself, and no click would be heard of.
  const { title, navigate, app_badge: _, ...options } = notification
  const actions = notification.actions ?? []
  const carried: Carried = {
    data,
    ...(receipt !== undefined && { receipt }),
    ...(navigate !== undefined && { url: navigate }),
    urls: Object.fromEntries(actions.flatMap(({ action, navigate }) => (navigate ? [[action, navigate]] : []))),
  }
  const shown: Options = {
    ...looks,
    ...options,
    actions: actions.map(({ navigate: _, ...action }) => action),
    data: { ...Object(options.data), sendword: carried },
  }
  await worker.registration.showNotification(title, shown)
}

/** One that no message asked for; the next replaces it. */
export async function showOwn(
  { title, ...options }: OwnNotification,
  tag: string,
  carried: Partial<Carried> = {},
): Promise<void> {
  const data = { sendword: { data: {}, urls: {}, ...carried } }
  await worker.registration.showNotification(title, { tag: `sendword-${tag}`, ...options, data })
}

export function carriedBy({ data }: Notification): Carried | undefined {
  return data?.sendword
}
