// An event of an operator's making, on the way of all others: signed, tried again, and a dead letter in the end.
import type { Tx } from '../database/tx.ts'
import { TEST_EVENT } from '../model/webhook-event.ts'
import { insertWebhooks, type NewWebhook } from '../store/webhooks.ts'
import type { Clock } from '../util/clock.ts'
import { uuidv7 } from '../util/ids.ts'
import type { Random } from '../util/random.ts'
import type { WebhookEndpoint } from './endpoint.ts'

export interface TestEventInput {
  readonly app: string
  readonly endpoints: readonly WebhookEndpoint[]
  readonly clock: Clock
  readonly random: Random
}

/** Writes one for each endpoint, whatever events that asks for; answers with them. */
export async function writeTestEvent(tx: Tx, { app, endpoints, clock, random }: TestEventInput): Promise<NewWebhook[]> {
  const at = new Date(clock.now())
  const body = JSON.stringify({ type: TEST_EVENT, timestamp: at.toISOString(), data: { app } })
  const webhooks = endpoints.map(({ url }): NewWebhook => {
    return { id: uuidv7(clock, random), app, url, type: TEST_EVENT, body }
  })
  await insertWebhooks(tx, webhooks, at)
  return webhooks
}
