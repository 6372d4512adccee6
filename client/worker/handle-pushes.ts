// Connects a service worker to Sendword.
import { click } from './click.ts'
import { receive } from './push.ts'
import { renew } from './renew.ts'
import { worker } from './scope.ts'
import { type HandlePushesOptions, resolveSettings } from './settings.ts'

/** Of a message that the browser reads by itself (declarative web push): what it is about to show. */
interface DeclarativePushEvent extends PushEvent {
  readonly notification?: unknown
}

/** Call it when the worker’s script is run: browsers hear no listener that is added later. */
export function handlePushes(options: HandlePushesOptions = {}): void {
  const settings = resolveSettings(options)
  worker.addEventListener('push', (event: DeclarativePushEvent) => {
    // The browser shows it in any case; of the message there is no more to see.
    if (!event.data && event.notification) return
    event.waitUntil(receive(event.data?.text(), settings))
  })
  worker.addEventListener('notificationclick', (event) => {
    event.waitUntil(click(event.notification, event.action))
  })
  worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew()))
}
