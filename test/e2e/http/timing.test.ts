// When a message goes, as it is said over HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manyDevices } from '../../kit/many-devices.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve()
  await manyDevices(serving, 2)
})
afterAll(() => serving[Symbol.asyncDispose]())

const api = (path: string, body?: unknown) =>
  serving.api(`/v1/apps/default/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const idOf = async (response: Response) => ((await response.json()) as { id: string }).id
const show = async (id: string) => (await serving.api(`/v1/apps/default/messages/${id}`)).json()

const sendAt = new Date(Date.now() + 86_400_000).toISOString()

test('a message to a device and one to an audience wait for their moment, and can be cancelled', async () => {
  const message = { data: { a: 'b' }, sendAt }
  const paths = ['devices/device-00000/messages', 'messages'] as const
  for (const [index, path] of paths.entries()) {
    const response = await api(path, index === 0 ? message : { ...message, audience: { everyone: true } })
    expect(response.status).toBe(202)
    const id = await idOf(response)
    expect(await show(id)).toMatchObject({ state: 'scheduled', sendAt })
    expect(await (await api(`messages/${id}/cancel`)).json()).toMatchObject({ id, state: 'cancelled' })
  }
})

test('the content of a channel waits for a local time', async () => {
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"fields":{"title":"Storm"}}' }
  expect((await serving.api('/v1/apps/default/channels/news', put)).ok).toBe(true)
  const localTime = { at: `${new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)}T09:00`, ifPast: 'now' }
  const id = await idOf(await api('channels/news/publish', { localTime }))
  expect(await show(id)).toMatchObject({ state: 'scheduled', localTime })
})

test.each([
  ['a moment without an offset', { sendAt: '2027-01-31T09:00:00' }],
  ['both at once', { sendAt, localTime: { at: '09:00' } }],
  ['a local time that is none', { localTime: { at: '25:00' } }],
  ['a word that nobody knows', { localTime: { at: '09:00', ifPast: 'never' } }],
  ['a moment too far ahead', { sendAt: '2099-01-01T00:00:00Z' }],
])('%s is refused', async (_, timing) => {
  const response = await api('devices/device-00001/messages', { data: { a: 'b' }, ...timing })
  expect(response.status).toBe(400)
})
