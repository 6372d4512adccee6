// Webhooks as the library and the doors see them: what is written into the outbox, who delivers it, and what became a
// dead letter.
import { InputError, StateError } from '../model/push-error.ts'
import type { WebhookState, WebhookView } from '../model/webhook.ts'
import type { Announcer } from '../store/announcer.ts'
import { listWebhooks, replayWebhooks } from '../store/webhooks.ts'
import { isUuid } from '../util/ids.ts'
import { createAnnouncer } from '../webhooks/announcer.ts'
import { type CourierInput, startCourier } from '../webhooks/courier.ts'
import { writeTestEvent } from '../webhooks/test-event.ts'
import type { ResolvedApp, ResolvedOptions } from './options/resolve-options.ts'
import { assertLimit, DEFAULT_PAGE } from './page.ts'

export interface ListWebhooks {
  readonly app: string
  /** Default `dead`. */
  readonly state?: WebhookState | undefined
  /** The id that ended the page before. */
  readonly after?: string | undefined
  /** 1 to 1000. Default 100. */
  readonly limit?: number | undefined
}

export interface Webhooks {
  /** In the order in which they came about; of a URL without its query, which may be a secret. */
  list(query: ListWebhooks): Promise<WebhookView[]>
  /**
   * Lets dead letters go again, with as many tries as at first: one, or without `id` all of the app. Answers how many.
   * Throws PUSH_WEBHOOK_UNKNOWN when that one is no dead letter of the app.
   */
  replay(which: { readonly app: string; readonly id?: string | undefined }): Promise<number>
  /**
   * Sends `webhook.test` to every endpoint of the app, on the way of all others. Throws PUSH_WEBHOOK_NOT_CONFIGURED when
   * it has none.
   */
  test(app: string): Promise<TestWebhook[]>
}

export type TestWebhook = Pick<WebhookView, 'id' | 'url'>

export interface WebhookOffice extends Webhooks {
  readonly announcer: Announcer
  /** Something was committed in this process. */
  nudge(): void
  stop(graceMs: number): Promise<void>
}

export interface WebhookOfficeInput extends Omit<CourierInput, 'endpoints' | 'proxy'> {
  /** Without workers, others deliver. */
  readonly options: Pick<ResolvedOptions, 'workers' | 'proxy'>
  /** Those of now. */
  readonly apps: () => ReadonlyMap<string, ResolvedApp>
}

export function createWebhookOffice({ options, apps, ...input }: WebhookOfficeInput): WebhookOffice {
  const { database, clock } = input
  const logger = input.logger.child('webhooks')
  const endpoints = () =>
    new Map([...apps()].flatMap(([app, { webhooks }]) => (webhooks.length > 0 ? [[app, webhooks]] : [])))
  const courier = options.workers ? startCourier({ ...input, logger, proxy: options.proxy, endpoints }) : undefined
  let hasAnnounced = false
  const announcer = createAnnouncer({
    ...input,
    endpointsOf: (app) => apps().get(app)?.webhooks ?? [],
    onAnnounced() {
      hasAnnounced = true
    },
  })
  const assertApp = (app: string) => {
    if (!apps().has(app)) throw new StateError('PUSH_APP_UNKNOWN')
  }
  return {
    announcer,
    nudge() {
      if (hasAnnounced) courier?.wake()
      hasAnnounced = false
    },
    async stop(graceMs) {
      await courier?.stop(graceMs)
    },
    async list({ app, state = 'dead', after, limit = DEFAULT_PAGE }) {
      assertApp(app)
      assertPage(limit, after)
      const webhooks = await listWebhooks(database, { app, state, after, limit })
      return webhooks.map((webhook) => ({ ...webhook, url: shownUrl(webhook.url) }))
    },
    async replay({ app, id }) {
      assertApp(app)
      const isPossible = id === undefined || isUuid(id)
      const replayed = isPossible ? await replayWebhooks(database, { app, id, at: new Date(clock.now()) }) : 0
      if (id !== undefined && replayed === 0) throw new StateError('PUSH_WEBHOOK_UNKNOWN')
      courier?.wake()
      return replayed
    },
    async test(app) {
      assertApp(app)
      const endpoints = apps().get(app)?.webhooks ?? []
      if (endpoints.length === 0) throw new StateError('PUSH_WEBHOOK_NOT_CONFIGURED')
      const written = await writeTestEvent(database, { ...input, app, endpoints })
      courier?.wake()
      return written.map(({ id, url }) => ({ id, url: shownUrl(url) }))
    },
  }
}

function assertPage(limit: number, after: string | undefined): void {
  assertLimit(limit)
  if (after !== undefined && !isUuid(after)) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: 'after must be the id that ended the page before.' })
  }
}

function shownUrl(text: string): string {
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}
