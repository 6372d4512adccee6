// Writes what happens into the outbox, for each endpoint that wants to know of it.
import type { Announcement, WebhookEvent } from '../model/webhook-event.ts'
import { webhookEventOf } from '../model/webhook-event.ts'
import type { Announcer } from '../store/announcer.ts'
import { insertWebhooks, type NewWebhook } from '../store/webhooks.ts'
import type { Clock } from '../util/clock.ts'
import { uuidv7 } from '../util/ids.ts'
import type { Random } from '../util/random.ts'
import type { EndpointsOf } from './endpoint.ts'

export interface AnnouncerInput {
  readonly endpointsOf: EndpointsOf
  readonly clock: Clock
  readonly random: Random
  /** Something was written; it is there once the transaction commits. */
  readonly onAnnounced: () => void
}

export function createAnnouncer({ endpointsOf, clock, random, onAnnounced }: AnnouncerInput): Announcer {
  const listeners = (app: string, type: WebhookEvent) => endpointsOf(app).filter(({ events }) => events.includes(type))

  function webhooksFor(announcement: Announcement, at: Date): NewWebhook[] {
    const { type: _, ...data } = announcement
    const { app } = announcement
    const type = webhookEventOf(announcement)
    const urls = listeners(app, type).map(({ url }) => url)
    if (urls.length === 0) return []
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
    return urls.map((url) => ({ id: uuidv7(clock, random), app, url, type, body }))
  }

  return {
    hearsOfFinished: (app) => listeners(app, 'message.finished').length > 0,
    async announce(tx, announcements) {
      const at = new Date(clock.now())
      const webhooks = announcements.flatMap((announcement) => webhooksFor(announcement, at))
      if (webhooks.length === 0) return
      await insertWebhooks(tx, webhooks, at)
      onAnnounced()
    },
  }
}
