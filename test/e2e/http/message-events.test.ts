// A message's progress as server-sent events, over real sockets.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addToLedger } from '../../kit/ledger.ts'
import { query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'
import { type Serving, serve } from './serving.ts'

const clock = createShiftedClock()
let serving: Serving
beforeAll(async () => {
  serving = await serve({ clock, options: { workers: false } })
})
afterAll(async () => await serving[Symbol.asyncDispose]())

const path = (id: string) => `/v1/apps/default/messages/${id}/events`

/** A message to two devices, of which one has its result. */
async function halfDone(url = serving.url): Promise<string> {
  const id = await addToLedger(url, [{ deviceId: 'device-one' }])
  await query(url, 'UPDATE sendword.message SET audience_size = 2 WHERE id = $1', [id])
  return id
}

/** The other device leaves the audience. */
const finish = (id: string) => query(serving.url, 'UPDATE sendword.message SET audience_size = 1 WHERE id = $1', [id])

interface Stream {
  readonly status: number
  readonly headers: Headers
  /** What comes next, up to an empty line; undefined at the end. */
  next(): Promise<string | undefined>
  leave(): void
}

async function open(id: string, headers: Record<string, string> = {}, of = serving): Promise<Stream> {
  const leaving = new AbortController()
  const answer = await of.api(path(id), { headers, signal: leaving.signal })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    status: answer.status,
    headers: answer.headers,
    async next() {
      while (!text.includes('\n\n')) {
        const piece = await reader?.read()
        if (!piece || piece.done) return undefined
        text += piece.value
      }
      const [event = '', ...rest] = text.split('\n\n')
      text = rest.join('\n\n')
      return event
    },
    leave: () => leaving.abort(),
  }
}

const dataOf = (event: string | undefined) => JSON.parse(/^data: (.*)$/m.exec(event ?? '')?.[1] ?? 'null')
const nameOf = (event: string | undefined) => /^event: (.*)$/m.exec(event ?? '')?.[1]

test('a message is followed until it is over, and then the stream ends', async () => {
  const id = await halfDone()
  const stream = await open(id)
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  expect(stream.headers.get('cache-control')).toBe('no-store')
  expect(await stream.next()).toBe('retry: 2000')
  const first = await stream.next()
  expect([nameOf(first), dataOf(first)]).toEqual([
    'progress',
    {
      state: 'pending',
      counts: { accepted: 1, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 },
      audienceSize: 2,
      skipped: 0,
    },
  ])
  await finish(id)
  const last = await stream.next()
  expect([nameOf(last), dataOf(last).state]).toEqual(['over', 'settled'])
  expect(await stream.next()).toBeUndefined()
})

test('whoever has seen the end is told to come no more, and any other Last-Event-ID is harmless', async () => {
  const id = await addToLedger(serving.url, [{ deviceId: 'device-one' }])
  expect((await open(id, { 'last-event-id': 'over' })).status).toBe(204)
  const stream = await open(id, { 'last-event-id': '42' })
  await stream.next()
  const last = await stream.next()
  expect(last).toContain('id: over')
  expect(await stream.next()).toBeUndefined()
})

test('while nothing changes, a comment shows that it lives', async () => {
  const stream = await open(await halfDone())
  await stream.next()
  await stream.next()
  clock.advance(16_000)
  expect(await stream.next()).toBe(': still here')
  stream.leave()
})

test('an unknown message is 404, a query is refused, and HEAD has no body', async () => {
  expect((await serving.api(path('01970000-0000-7000-8000-ffffffffffff'))).status).toBe(404)
  const id = await halfDone()
  expect((await serving.api(`${path(id)}?since=1`)).status).toBe(400)
  const head = await serving.api(path(id), { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('there are so many at once, and one that has gone makes room', async () => {
  const id = await halfDone()
  const streams = await Promise.all(Array.from({ length: 100 }, () => open(id)))
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]))
  const refused = await serving.api(path(id))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
  expect(((await refused.json()) as { code: string }).code).toBe('PUSH_REQUEST_TOO_MANY_STREAMS')
  streams[0]?.leave()
  let again = await open(id)
  while (again.status === 429) again = await open(id)
  expect(again.status).toBe(200)
  for (const stream of [...streams, again]) stream.leave()
})

test('a server that stops ends them, and waits for none', async () => {
  await using own = await serve({ options: { workers: false } })
  const stream = await open(await halfDone(own.url), {}, own)
  await stream.next()
  await stream.next()
  await own.server.close(60_000)
  expect(await stream.next()).toBeUndefined()
})
