// Messages to an audience over HTTP, and keys that make repeats harmless.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manyDevices } from '../../kit/many-devices.ts'
import { query } from '../../kit/query.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve()
  await manyDevices(serving, 6)
  await query(serving.url, `UPDATE sendword.device SET locale = 'pt-BR' WHERE device_id < 'device-00003'`)
})
afterAll(() => serving[Symbol.asyncDispose]())

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return serving.api(`/v1/apps/default/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

const idOf = async (response: Response) => ((await response.json()) as { id: string }).id

test('are accepted with 202 and a Location, and tell how they ended', async () => {
  const audience = { where: { locale: 'pt', createdAfter: '2020-01-01T00:00:00+02:00' } }
  const accepted = await post('messages', { audience, data: { news: 'spring' } })
  expect(accepted.status).toBe(202)
  const location = new URL(accepted.headers.get('location') ?? '', accepted.url).pathname
  const id = await idOf(accepted)
  expect(location).toBe(`/v1/apps/default/messages/${id}`)
  await serving.core.messages.settled(id, { timeout: 30_000 })
  expect(await (await serving.api(location)).json()).toMatchObject({
    ...{ id, app: 'default', state: 'settled', audienceSize: 3, skipped: 0 },
    audience: { where: { locale: 'pt', createdAfter: '2019-12-31T22:00:00.000Z' } },
    counts: { accepted: 3, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 },
  })
})

test('an audience is counted without sending anything', async () => {
  const before = await serving.counts()
  const counted = await post('audiences/count', { audience: { everyone: true } })
  expect(await counted.json()).toEqual({ devices: 6, byTransport: { c2dm: 6 }, unreachable: 0, complete: true })
  expect(await serving.counts()).toEqual(before)
})

test('a repeat with the same Idempotency-Key is the same message, another body a conflict', async () => {
  const message = { audience: { user: 'ann' }, data: { a: 'b' } }
  const first = await idOf(await post('messages', message, { 'idempotency-key': 'once' }))
  expect(await idOf(await post('messages', message, { 'idempotency-key': '"once"' }))).toBe(first)
  const other = await post('messages', { ...message, ttl: 5 }, { 'idempotency-key': 'once' })
  expect(other.status).toBe(409)
  expect(await other.json()).toMatchObject({ code: 'PUSH_IDEMPOTENCY_CONFLICT' })
  const single = () => post('devices/device-00001/messages', { data: { a: 'b' } }, { 'idempotency-key': 'single' })
  expect(await idOf(await single())).toBe(await idOf(await single()))
})

test('cancelling answers with the message as it stands', async () => {
  const id = await idOf(await post('messages', { audience: { user: 'nobody' }, data: { a: 'b' } }))
  await serving.core.messages.settled(id, { timeout: 30_000 })
  const cancelled = await post(`messages/${id}/cancel`, undefined)
  expect(cancelled.status).toBe(200)
  expect(await cancelled.json()).toMatchObject({ id, state: 'settled' })
  const unknown = await post('messages/01890000-0000-7000-8000-000000000000/cancel', undefined)
  expect(unknown.status).toBe(404)
})

test.each<[string, string, unknown]>([
  ['no audience', 'PUSH_REQUEST_INVALID', { data: { a: 'b' } }],
  ['an unknown kind of it', 'PUSH_REQUEST_INVALID', { audience: { planet: 'mars' }, data: { a: 'b' } }],
  ['none of its kinds', 'PUSH_AUDIENCE_INVALID', { audience: {}, data: { a: 'b' } }],
  ['two of its kinds', 'PUSH_AUDIENCE_INVALID', { audience: { everyone: true, user: 'ann' }, data: { a: 'b' } }],
  ['everyone who is not', 'PUSH_REQUEST_INVALID', { audience: { everyone: false }, data: { a: 'b' } }],
  ['a filter of nothing', 'PUSH_AUDIENCE_INVALID', { audience: { where: {} }, data: { a: 'b' } }],
  ['a time that is none', 'PUSH_REQUEST_INVALID', { audience: { where: { lastSeenAfter: 'now' } }, data: { a: 'b' } }],
  ['nothing to say', 'PUSH_REQUEST_INVALID', { audience: { everyone: true } }],
])('%s is refused', async (_, code, body) => {
  const response = await post('messages', body)
  expect({ status: response.status, ...((await response.json()) as object) }).toMatchObject({ status: 400, code })
})
