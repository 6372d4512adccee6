// What would become of a message, asked over HTTP: the same bytes that a send puts on the wire.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveOptions } from '../../../src/app/options/resolve-options.ts'
import { emulatedC2dm } from '../../kit/core.ts'
import { type Serving, serve } from './serving.ts'

let serving: Serving
let secrets: string[]
beforeAll(async () => {
  serving = await serve({ moreApps: true })
  const { emulator } = serving
  const serviceAccount = { ...emulator.credentials.fcm.serviceAccount }
  const fcm = { ...emulator.services.fcm, serviceAccount, ca: emulator.ca }
  const c2dm = emulatedC2dm(emulator)
  secrets = [c2dm.user, c2dm.password, serviceAccount.client_email, serviceAccount.private_key.slice(40, 80)]
  await serving.core.reload({
    ...serving.core.options,
    apps: resolveOptions({ apps: { default: { c2dm, fcm }, other: { c2dm }, silent: {} } }).apps,
  })
})
afterAll(() => serving[Symbol.asyncDispose]())

interface Shown {
  readonly transport: string
  readonly body: string
  readonly bytes: number
  readonly maxBytes: number
  readonly notes: string[]
  readonly refusal?: { code: string; detail: string }
}

function ask(body: unknown, app = 'default'): Promise<Response> {
  return serving.api(`/v1/apps/${app}/messages/preview`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function previews(body: unknown, app?: string): Promise<Shown[]> {
  const answer = await ask(body, app)
  expect(answer.status).toBe(200)
  const text = await answer.text()
  for (const secret of secrets) expect(text).not.toContain(secret)
  return JSON.parse(text).previews
}

test('every push service of the app answers with its request, size and notes', async () => {
  const notification = { title: 'Parcel', body: 'It is here', badge: 1 }
  const shown = await previews({ data: { order: '42' }, notification, collapseKey: 'parcel', ttl: 60 })
  expect(shown).toEqual([
    {
      transport: 'c2dm',
      method: 'POST',
      path: '/c2dm/send',
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        authorization: 'GoogleLogin auth={token}',
      },
      body: 'registration_id={address}&collapse_key=parcel&data.order=42',
      bytes: 13,
      maxBytes: 1024,
      notes: [
        'C2DM shows nothing by itself: notification is not sent, only data is.',
        'C2DM takes no ttl: what it has taken may arrive after it.',
      ],
    },
    expect.objectContaining({
      transport: 'fcm',
      path: '/v1/projects/{project}/messages:send',
      bytes: 23,
      maxBytes: 4096,
    }),
  ])
  const fcm = JSON.parse(shown[1]?.body ?? '')
  expect(fcm.message).toMatchObject({
    token: '{address}',
    android: { ttl: '60s', notification: { notification_count: 1 } },
  })
})

test('a message without ttl lives a day', async () => {
  const [shown] = await previews({ data: { a: 'b' }, transports: ['fcm'] })
  expect(JSON.parse(shown?.body ?? '').message.android).toEqual({ ttl: '86400s' })
})

test('what would be refused is shown with the reason', async () => {
  const [c2dm, fcm] = await previews({ data: { a: 'x'.repeat(2000) } })
  expect(c2dm).toMatchObject({ bytes: 2038, refusal: { code: 'PUSH_MESSAGE_TOO_BIG' } })
  expect(fcm).not.toHaveProperty('refusal')
})

test('nothing is sent, nothing is stored', async () => {
  const before = await serving.counts()
  const lastRequest = serving.emulator.requests.last
  await previews({ data: { a: 'b' } })
  expect(await serving.counts()).toEqual(before)
  expect(serving.emulator.requests.last).toBe(lastRequest)
})

test('an app without push services has none to show', async () => {
  expect(await previews({ data: { a: 'b' } }, 'silent')).toEqual([])
})

test.each<[string, number, string, unknown, string?]>([
  ['an app that there is not', 404, 'PUSH_APP_UNKNOWN', { data: {} }, 'nobody'],
  [
    'a push service that the app has not',
    409,
    'PUSH_TRANSPORT_UNAVAILABLE',
    { data: {}, transports: ['fcm'] },
    'other',
  ],
  ['a push service that there is not', 400, 'PUSH_REQUEST_INVALID', { data: {}, transports: ['gcm'] }],
  ['no message', 400, 'PUSH_REQUEST_INVALID', {}],
  ['an unknown field', 400, 'PUSH_REQUEST_INVALID', { data: {}, deviceId: 'x' }],
  ['another target', 400, 'PUSH_REQUEST_INVALID', { data: {}, overrides: { fcm: { topic: 'all' } } }],
  ['a badge out of bounds', 400, 'PUSH_MESSAGE_INVALID', { notification: { title: 'T', badge: -1 } }],
])('%s is refused', async (_, status, code, body, app) => {
  const answer = await ask(body, app)
  expect(await answer.json()).toMatchObject({ status, code })
})

test('it takes the key, and POST', async () => {
  const path = `${serving.server.url}/v1/apps/default/messages/preview`
  expect((await fetch(path, { method: 'POST', body: '{}' })).status).toBe(401)
  expect((await serving.api('/v1/apps/default/messages/preview', { method: 'DELETE' })).status).toBe(405)
})
