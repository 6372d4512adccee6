// Delivers what is in the outbox, as long as this process works: any number of processes share it. A try that this
// process does not live to tell of is made again by another.
import type { Database } from '../database/tx.ts'
import { createHttpClient } from '../net/http-client.ts'
import type { ProxyOptions } from '../net/proxy.ts'
import {
  type ClaimedWebhook,
  claimWebhooks,
  failWebhook,
  removeWebhook,
  returnWebhook,
  type WebhookPlace,
} from '../store/webhooks.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { startTurnLoop } from '../util/turn-loop.ts'
import type { WebhookEndpoint } from './endpoint.ts'
import { type PostResult, postWebhook } from './post.ts'
import { nextTryMs } from './retry-schedule.ts'

export interface Courier {
  /** There may be something to deliver. */
  wake(): void
  /** Begins nothing further, waits for tries under way up to `graceMs`, then cuts them short. */
  stop(graceMs: number): Promise<void>
}

export interface CourierInput {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly proxy: ProxyOptions | undefined
  /** By app, as they are configured now. */
  readonly endpoints: () => ReadonlyMap<string, readonly WebhookEndpoint[]>
}

const POLL_MS = 1_000
/** Webhooks on their way at once, to each endpoint. */
const AT_ONCE = 10
/** Milliseconds that an endpoint has for its whole answer. */
const ANSWER_MS = 15_000
/** Nothing of an answer is kept. */
const ANSWER_BYTES = 4_096
/** Longer than a try can take, so that nobody repeats one that is under way. */
const CLAIM_MS = 60_000

interface Endpoint extends WebhookPlace {
  readonly secrets: readonly Buffer[]
}

export function startCourier(input: CourierInput): Courier {
  const { database, clock, logger } = input
  const client = createHttpClient({
    maxConnections: AT_ONCE,
    timeoutMs: ANSWER_MS,
    maxAnswerBytes: ANSWER_BYTES,
    proxy: input.proxy,
  })
  const aborting = new AbortController()
  const underWay = new Map<string, number>()
  const tries = new Set<Promise<void>>()

  async function claimSome(): Promise<number> {
    const endpoints = endpointsByPlace(input.endpoints())
    if (endpoints.size === 0) return 0
    const room = Array.from(endpoints, ([key, { app, url }]) => ({
      app,
      url,
      room: AT_ONCE - (underWay.get(key) ?? 0),
    }))
    const now = clock.now()
    const claimed = await claimWebhooks(database, { room, at: new Date(now), until: new Date(now + CLAIM_MS) })
    for (const webhook of claimed) begin(webhook, endpoints.get(placeKey(webhook))?.secrets ?? [])
    return claimed.length
  }

  function begin(webhook: ClaimedWebhook, secrets: readonly Buffer[]): void {
    const key = placeKey(webhook)
    underWay.set(key, (underWay.get(key) ?? 0) + 1)
    const attempt = tryOnce({ ...webhook, secrets }).finally(() => {
      const left = (underWay.get(key) ?? 1) - 1
      if (left === 0) underWay.delete(key)
      else underWay.set(key, left)
      tries.delete(attempt)
      loop.wake()
    })
    tries.add(attempt)
  }

  async function tryOnce(webhook: ClaimedWebhook & { secrets: readonly Buffer[] }): Promise<void> {
    try {
      const result = await postWebhook({ client, clock }, webhook, aborting.signal).catch((error: unknown) => {
        if (aborting.signal.aborted) return undefined
        throw error
      })
      if (result === undefined) await returnWebhook(database, webhook.id, new Date(clock.now()))
      else await record(input, webhook, result)
    } catch (error) {
      // It is still claimed, and is tried again when that has passed.
      logger.warn('What became of a webhook could not be written; it is sent again.', { error, id: webhook.id })
    }
  }

  const loop = startTurnLoop({
    clock,
    async turn() {
      const claimed = await claimSome().catch((error: unknown) => {
        logger.warn('Webhooks could not be fetched; it is tried again.', { error })
        return 0
      })
      return claimed === 0 ? POLL_MS : 0
    },
  })

  return {
    wake: loop.wake,
    async stop(graceMs) {
      await loop.stop()
      if (graceMs > 0) await within(clock, graceMs, Promise.all(tries))
      aborting.abort()
      await Promise.all(tries)
      client.close()
    },
  }
}

async function record(
  { database, clock, random, logger }: CourierInput,
  { id, app, type, attempts }: ClaimedWebhook,
  result: PostResult,
): Promise<void> {
  if (result.kind === 'taken') {
    await removeWebhook(database, id)
    return
  }
  const { failure, retryAfterMs, isFinal } = result
  const waitMs = isFinal ? undefined : nextTryMs(attempts, random, retryAfterMs)
  await failWebhook(database, id, failure, waitMs === undefined ? undefined : new Date(clock.now() + waitMs))
  const fields = { id, app, type, attempts, failure }
  if (waitMs === undefined) logger.error('A webhook could not be delivered, and is a dead letter now.', fields)
  else logger.warn('A webhook was not taken; it is sent again later.', { ...fields, waitMs })
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  // Rejects when the work is done first.
  const late = clock.sleep(ms, over.signal).catch(() => undefined)
  await Promise.race([work, late])
  over.abort()
}

function endpointsByPlace(apps: ReadonlyMap<string, readonly WebhookEndpoint[]>): Map<string, Endpoint> {
  const all = [...apps].flatMap(([app, endpoints]) => endpoints.map(({ url, secrets }) => ({ app, url, secrets })))
  return new Map(all.map((endpoint) => [placeKey(endpoint), endpoint]))
}

function placeKey({ app, url }: WebhookPlace): string {
  return `${app}\0${url}`
}
