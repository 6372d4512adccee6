import { describe, expect, it } from 'vitest'
import { assertContent } from '../../../src/model/check-content.ts'
import type { MessageContent } from '../../../src/model/message.ts'

const NOTE = { title: 'T' }
const ICON = { id: 'a', title: 'T', icon: 'http://x/' }
const actions = (...ids: string[]) => ids.map((id) => ({ id, title: 'T' }))
const endless = () => {
  const loop: Record<string, unknown> = {}
  loop.loop = loop
  return loop
}
const refuse = (content: unknown) => {
  try {
    assertContent({ data: {}, ...(content as Partial<MessageContent>) })
  } catch (error) {
    return error
  }
  return undefined
}

describe('content', () => {
  it.each<[string, Partial<MessageContent>]>([
    ['nothing but data', { data: { a: '' } }],
    ['a title alone, a body alone', { notification: { body: 'B' } }],
    [
      'every option',
      {
        notification: {
          title: 'T',
          body: 'B',
          image: 'https://pics.example/1.png',
          actions: ['a', 'b', 'c', 'd'].map((id) => ({ id, title: 'T', icon: 'https://pics.example/2.png' })),
          badge: 0,
          sound: 'default',
          url: 'https://shop.example/orders/42',
        },
        urgency: 'low',
        android: {
          channelId: 'c',
          icon: 'i',
          color: '#00AA55',
          sound: 's',
          tag: '',
          clickAction: 'a',
          visibility: 'public',
          notificationCount: 0,
          sticky: true,
          directBootOk: false,
        },
      },
    ],
    [
      'overrides of every push service',
      {
        validateOnly: true,
        overrides: {
          fcm: { data: { a: null, b: 'c' }, android: null, apns: { payload: { aps: { 'thread-id': 'a\nb' } } } },
          apns: { headers: { 'apns-priority': '1' }, payload: { aps: { 'relevance-score': 0.5 } } },
          webpush: { urgency: 'very-low', notification: { silent: true, vibrate: [1, 2] } },
        },
      },
    ],
    ['directBootOk without a notification', { android: { directBootOk: true } }],
  ])('is taken: %s', (_, content) => {
    expect(refuse(content)).toBeUndefined()
  })

  it.each<[string, object]>([
    ['notification needs a title or a body', { notification: {} }],
    ['notification needs a title or a body', { notification: { title: '', image: 'https://x/' } }],
    ['notification.title is 4098 bytes', { notification: { title: 'é'.repeat(2049) } }],
    ['notification.body is not a string', { notification: { title: 'T', body: 1 } }],
    ['notification.title is 1 bytes', { notification: { title: '\0' } }],
    ['notification.image must be an https:// URL', { notification: { ...NOTE, image: 'http://x/' } }],
    ['android.imageUrl must be an https:// URL', { notification: NOTE, android: { imageUrl: 'x' } }],
    ['android.color must be #rrggbb', { notification: NOTE, android: { color: 'red' } }],
    ['android.tag is 257 bytes', { notification: NOTE, android: { tag: 'x'.repeat(257) } }],
    ['android.visibility must be one of', { notification: NOTE, android: { visibility: 'hidden' } }],
    ['android.notificationCount must be a whole number', { notification: NOTE, android: { notificationCount: -1 } }],
    ['android.sticky must be true or false', { notification: NOTE, android: { sticky: 'yes' } }],
    ['android says how a notification is shown, but there is no notification', { android: { tag: 'x' } }],
    ['urgency must be one of very-low, low, normal, high', { urgency: 'urgent' }],
    ['notification.actions is not an array', { notification: { ...NOTE, actions: {} } }],
    ['notification.actions are 5; at most 4', { notification: { ...NOTE, actions: actions('a', 'b', 'c', 'd', 'e') } }],
    [
      'notification.actions.1.id is the id of another action',
      { notification: { ...NOTE, actions: actions('a', 'a') } },
    ],
    ['notification.actions.0 needs an id and a title', { notification: { ...NOTE, actions: [{ id: 'a' }] } }],
    ['notification.actions.0 needs an id and a title', { notification: { ...NOTE, actions: [null] } }],
    ['notification.actions.0.icon must be an https:// URL', { notification: { ...NOTE, actions: [ICON] } }],
    ['notification.badge must be a whole number from 0 to 1000000', { notification: { ...NOTE, badge: 1_000_001 } }],
    ['notification.badge must be a whole number', { notification: { ...NOTE, badge: 0.5 } }],
    ['notification.sound is 257 bytes', { notification: { ...NOTE, sound: 'x'.repeat(257) } }],
    ['notification.sound is empty', { notification: { ...NOTE, sound: '' } }],
    ['notification.url must be an https:// URL', { notification: { ...NOTE, url: 'javascript:alert(1)' } }],
    ['validateOnly must be true or false', { validateOnly: 'yes' }],
    ['receipts must be true or false', { receipts: 'yes' }],
    ['overrides is not an object', { overrides: [] }],
    ['overrides has no field "gcm"; there are fcm, apns, webpush', { overrides: { gcm: {} } }],
    ['overrides.fcm is not an object', { overrides: { fcm: 'x' } }],
    ['overrides.fcm has no field "andriod"', { overrides: { fcm: { andriod: {} } } }],
    ['overrides.fcm.android is not an object', { overrides: { fcm: { android: [] } } }],
    ['overrides.fcm.data.a is not a string', { overrides: { fcm: { data: { a: 1 } } } }],
    ['overrides.fcm has a text with a NUL', { overrides: { fcm: { android: { tag: '\0' } } } }],
    ['overrides.fcm has a key with a NUL character or a lone', { overrides: { fcm: { android: { '\ud800': '' } } } }],
    ['overrides.fcm holds a value that JSON does not have', { overrides: { fcm: { android: { n: Number.NaN } } } }],
    ['overrides.fcm is nested more than 8 levels deep', { overrides: { fcm: { android: endless() } } }],
    ['overrides.apns.headers has no field "apns-id"', { overrides: { apns: { headers: { 'apns-id': 'x' } } } }],
    [
      'overrides.apns.headers.apns-topic is empty or has a control',
      { overrides: { apns: { headers: { 'apns-topic': 'a\r\nb: c' } } } },
    ],
    ['overrides.apns.payload is not an object', { overrides: { apns: { payload: null } } }],
    ['overrides.webpush.urgency must be one of very-low', { overrides: { webpush: { urgency: 'urgent' } } }],
    ['overrides.webpush.notification is not an object', { overrides: { webpush: { notification: [] } } }],
  ])('is refused: %s', (detail, content) => {
    expect(refuse(content)).toMatchObject({ code: 'PUSH_MESSAGE_INVALID', detail: expect.stringContaining(detail) })
  })

  it.each(['token', 'fid', 'topic', 'condition'])('is refused with another target for FCM: %s', (name) => {
    expect(refuse({ overrides: { fcm: { [name]: 'x' } } })).toMatchObject({
      code: 'PUSH_MESSAGE_INVALID',
      detail: `overrides.fcm.${name} is not for an override: the device says it.`,
    })
  })

  it.each<[string, Partial<MessageContent>]>([
    ['data', { data: { receipt: 'x' } }],
    ['overrides.fcm.data', { overrides: { fcm: { data: { receipt: 'x' } } } }],
    ['overrides.fcm.android.data', { overrides: { fcm: { android: { data: { receipt: 'x' } } } } }],
    ['overrides.fcm.apns.payload', { overrides: { fcm: { apns: { payload: { receipt: 'x' } } } } }],
    ['overrides.fcm.webpush.data', { overrides: { fcm: { webpush: { data: { receipt: null } } } } }],
    ['overrides.apns.payload', { overrides: { apns: { payload: { receipt: 'x' } } } }],
  ])('that asks for receipts leaves the key receipt to them: %s', (place, content) => {
    expect(refuse(content)).toBeUndefined()
    expect(refuse({ ...content, receipts: true })).toMatchObject({
      code: 'PUSH_MESSAGE_INVALID',
      detail: `${place}.receipt is where a message with receipts has its token.`,
    })
  })

  it('is refused with an override of more than 8192 bytes', () => {
    const payload = (length: number) => ({ overrides: { apns: { payload: { a: 'x'.repeat(length) } } } })
    expect(refuse(payload(8192 - '{"payload":{"a":""}}'.length))).toBeUndefined()
    expect(refuse(payload(8193 - '{"payload":{"a":""}}'.length))).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
  })
})
