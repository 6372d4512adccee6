import { expect, it } from 'vitest'
import { previewFcm } from '../../../../src/transports/fcm/preview.ts'

it('shows the request to the byte, with stand-ins for what differs or is secret', () => {
  const preview = previewFcm({ data: { greeting: 'héllo' }, notification: { title: 'T' } }, 3600)
  expect(preview).toEqual({
    method: 'POST',
    path: '/v1/projects/{project}/messages:send',
    headers: { 'content-type': 'application/json', authorization: 'Bearer {access token}' },
    body:
      '{"message":{"token":"{address}","data":{"greeting":"héllo"},"notification":{"title":"T"},' +
      '"android":{"ttl":"3600s"},"apns":{"headers":{"apns-expiration":"{now + 3600}"}},' +
      '"webpush":{"headers":{"TTL":"3600"}}}}',
    bytes: 15,
    maxBytes: 4096,
    notes: [],
  })
})

it('now or never is a moment without a clock, and no life given is none sent', () => {
  expect(previewFcm({ data: {} }, 0).body).toContain('"apns-expiration":"0"')
  expect(previewFcm({ data: {} }, undefined).body).toBe('{"message":{"token":"{address}"}}')
})

it('says what is not carried, and what is shortened', () => {
  const notification = {
    title: 'T',
    actions: [
      { id: 'yes', title: 'Yes' },
      { id: 'no', title: 'No' },
    ],
    badge: 0,
    sound: 'bell',
    url: 'https://shop.example/42',
  }
  const content = { data: {}, notification, collapseKey: 'order 42', delayWhileIdle: true }
  expect(previewFcm(content, 60).notes).toEqual([
    'actions go to browsers as they are; an iOS application shows the buttons of its category yes.no, and Android shows none.',
    'badge is not carried to browsers.',
    'A badge of 0 takes the number away on iOS only; on Android that is the application’s to do.',
    'sound is not carried to browsers; since Android 8 the notification channel decides on it.',
    'url opens by itself in browsers only; Android and iOS applications get it as data.url.',
    'delayWhileIdle is not sent: FCM decides by urgency.',
    'For iOS, browsers collapseKey is replaced by its hash.',
  ])
  expect(previewFcm({ data: { a: 'b' }, urgency: 'high' }, 60).notes).toEqual([
    'On iOS data alone goes with apns-priority 5, whatever urgency says: no other is taken.',
  ])
  const own = { data: { url: 'app://x' }, notification: { title: 'T', url: 'https://shop.example/' } }
  expect(previewFcm(own, 60).notes).toEqual([
    'url goes to browsers only: data has a url of its own, which applications get.',
  ])
})

it('says where a platform’s part may be too much', () => {
  const overrides = { fcm: { apns: { payload: { aps: {}, more: 'x'.repeat(3000) } } } }
  const { notes, bytes, refusal } = previewFcm({ data: { a: 'x'.repeat(2000) }, overrides }, 60)
  expect(bytes).toBe(2001)
  expect(refusal).toBeUndefined()
  expect(notes).toEqual(['With its part for iOS the message is 5021 bytes, and may be refused there.'])
})

it('shows what would be refused, and why', () => {
  const { bytes, refusal, body } = previewFcm({ data: { a: 'x'.repeat(5000) } }, 60)
  expect(bytes).toBe(5001)
  expect(refusal).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
  expect(body).toContain('x'.repeat(5000))
})
