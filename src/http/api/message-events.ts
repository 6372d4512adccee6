// A message's progress as server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html), until it is over.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Core } from '../../app/core.ts'
import { InputError } from '../../model/push-error.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { queryOf } from './page-query.ts'
import { streamText } from './stream-text.ts'

/** Streams of one process at once. */
const MAX_STREAMS = 100
/** Without anything to tell, a sign that it lives: proxies cut what is silent for a minute. */
const HEARTBEAT_MS = 15_000
/** Milliseconds after which a client comes again that lost its connection. */
const RETRY_MS = 2_000
/** The id of the last event: whoever comes again with it has seen everything. */
const LAST_ID = 'over'

type Progress = Awaited<ReturnType<Core['ledger']['follow']>> extends AsyncIterable<infer T> ? T : never

/** @param stopping Aborts when the server stops. */
export function messageEventOperations(core: Core, stopping?: AbortSignal): Operation[] {
  const places = createPlaces(MAX_STREAMS)
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/messages/{id}/events',
      summary: 'Follow a message as server-sent events until it is over.',
      query: z.object({}),
      success: { status: 200, description: 'Events `progress`, the last one `over`', texts: ['text/event-stream'] },
      async handle(context) {
        queryOf(context.req.url, [])
        const message = { app: pathPart(context, 'app'), id: pathPart(context, 'id') }
        const ended = new AbortController()
        const signal = stopping ? AbortSignal.any([stopping, ended.signal]) : ended.signal
        const progress = await core.ledger.follow(message, signal)
        // By the specification 204 tells a client to come no more.
        if (context.req.header('last-event-id') === LAST_ID) return context.body(null, 204)
        setHeaders(context)
        if (context.req.method === 'HEAD') return context.body(null)
        const leave = places.take()
        const texts = eventTexts(core, progress)
        return streamText(
          context,
          closing(texts, () => [ended.abort(), leave()]),
          core.logger.child('http'),
        )
      },
    }),
  ]
}

function setHeaders(context: Context): void {
  context.header('content-type', 'text/event-stream')
  // nginx would keep events back until it has a buffer of them.
  context.header('x-accel-buffering', 'no')
}

async function* eventTexts({ clock }: Core, progress: AsyncIterable<Progress>): AsyncGenerator<string, void> {
  let told = ''
  let toldAt = clock.now()
  yield `retry: ${RETRY_MS}\n\n`
  for await (const now of progress) {
    const event = eventOf(now)
    const isNews = event !== told
    if (!isNews && clock.now() - toldAt < HEARTBEAT_MS) continue
    yield isNews ? event : ': still here\n\n'
    told = event
    toldAt = clock.now()
  }
}

function eventOf({ state, isOver, counts, audienceSize, skipped }: Progress): string {
  const data = JSON.stringify({ state, counts, audienceSize, skipped })
  return isOver ? `event: over\nid: ${LAST_ID}\ndata: ${data}\n\n` : `event: progress\ndata: ${data}\n\n`
}

/** A stream's items, and what is done once when it has ended, or its reader has gone. */
function closing(texts: AsyncGenerator<string, void>, onEnd: () => void): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const result = await texts.next()
          if (result.done) onEnd()
          return result
        } catch (error) {
          onEnd()
          throw error
        }
      },
      async return() {
        onEnd()
        return await texts.return()
      },
    }),
  }
}

/** So many at once. `take` answers with the function that gives the place back; throws PUSH_REQUEST_TOO_MANY_STREAMS. */
function createPlaces(max: number) {
  const taken = new Set<symbol>()
  return {
    take() {
      if (taken.size >= max) {
        const detail = `There are ${max} streams of events already, which is the most.`
        throw new InputError('PUSH_REQUEST_TOO_MANY_STREAMS', { detail, retryAfterMs: RETRY_MS })
      }
      const place = Symbol('place')
      taken.add(place)
      return () => void taken.delete(place)
    },
  }
}
