// Where an app's webhooks go, and what signs them.
import type { WebhookEvent } from '../model/webhook-event.ts'

export interface WebhookEndpoint {
  readonly url: string
  /** The bytes of each secret that signs: more than one while they are exchanged. */
  readonly secrets: readonly Buffer[]
  /** What it is told of. */
  readonly events: readonly WebhookEvent[]
}

/** The endpoints of an app, as they are configured now. */
export type EndpointsOf = (app: string) => readonly WebhookEndpoint[]
