// A webhook that was not taken yet, or that nobody took, as the API shows it.
import type { WebhookType } from './webhook-event.ts'

export type WebhookState = 'waiting' | 'dead'

export interface WebhookView {
  /** What the receiver sees as `webhook-id`. */
  readonly id: string
  readonly app: string
  readonly type: WebhookType
  /** Without its query, which may be a secret. */
  readonly url: string
  readonly state: WebhookState
  /** Tries so far. */
  readonly attempts: number
  readonly createdAt: Date
  /** When it is tried next; undefined for a dead letter. */
  readonly dueAt: Date | undefined
  /** Why the last try failed. */
  readonly failure: string | undefined
}
