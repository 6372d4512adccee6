// What a webhook tells of, and in which words. Never an address, a token or a secret.
import type { SendwordEvent } from './event.ts'
import type { FinalOutcome } from './outcome.ts'

/** Every device of a message has its result. */
export interface MessageFinished {
  readonly type: 'message.finished'
  readonly app: string
  readonly messageId: string
  /** Devices by how it ended for them. */
  readonly counts: Readonly<Record<FinalOutcome, number>>
}

export type Announcement = SendwordEvent | MessageFinished

export const WEBHOOK_EVENTS = [
  'message.finished',
  'device.unregistered',
  'address.replaced',
  'device.confirmed',
  'device.replaced',
  'device.approval-needed',
  'device.address-taken',
  'devices.stale',
  'transport.paused',
  'transport.resumed',
  'transport.breaker-opened',
  'transport.breaker-closed',
] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]

/** What an operator has sent to see whether an endpoint takes and verifies it; every endpoint of the app gets it. */
export const TEST_EVENT = 'webhook.test'
export type WebhookType = WebhookEvent | typeof TEST_EVENT

/** What a webhook calls it. */
export function webhookEventOf({ type }: Announcement): WebhookEvent {
  if (type === 'device.failed') return 'device.unregistered'
  if (type === 'device.address-replaced') return 'address.replaced'
  return type
}
