// Webhooks that were not taken: looking at them and sending them again; and trying an endpoint.
import type { Core } from '../app/core.ts'
import type { WebhookState, WebhookView } from '../model/webhook.ts'
import type { AppOption } from './device-directory.ts'

export interface WebhookPageOptions extends AppOption {
  /** `dead`: nobody took it within a day; `waiting`: on its way. Default `dead`. */
  readonly state?: WebhookState
  /** The id that ended the page before. */
  readonly after?: string
  /** 1 to 1000. Default 100. */
  readonly limit?: number
}

export interface WebhookDirectory {
  /** In the order in which they came about. @throws InputError PUSH_REQUEST_INVALID. */
  list(options?: WebhookPageOptions): Promise<WebhookView[]>
  /** Sends a dead letter again, with as many tries as at first. @throws StateError PUSH_WEBHOOK_UNKNOWN when it is none. */
  replay(id: string, options?: AppOption): Promise<void>
  /** Sends all dead letters of the app again; answers how many there were. */
  replayAll(options?: AppOption): Promise<number>
  /**
   * Sends the event `webhook.test` to every endpoint of the app, whatever events that asks for; a worker delivers it as
   * any other. Answers with each one's id, which the endpoint gets as `webhook-id`.
   * @throws StateError PUSH_WEBHOOK_NOT_CONFIGURED.
   */
  test(options?: AppOption): Promise<Array<Pick<WebhookView, 'id' | 'url'>>>
}

/** @internal So that the published types do not lead to those of the core. */
export function createWebhookDirectory(core: Core): WebhookDirectory {
  return {
    list: ({ app = 'default', state, after, limit } = {}) => core.webhooks.list({ app, state, after, limit }),
    async replay(id, { app = 'default' } = {}) {
      await core.webhooks.replay({ app, id })
    },
    replayAll: ({ app = 'default' } = {}) => core.webhooks.replay({ app }),
    test: ({ app = 'default' } = {}) => core.webhooks.test(app),
  }
}
