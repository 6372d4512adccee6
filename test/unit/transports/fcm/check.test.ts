import { expect, it } from 'vitest'
import type { FcmOverride } from '../../../../src/model/overrides.ts'
import { checkFcmContent } from '../../../../src/transports/fcm/check.ts'

it('takes what fits, to the byte', () => {
  expect(checkFcmContent({ data: { key: 'x'.repeat(4093) } })).toBeUndefined()
  expect(checkFcmContent({ data: { key: 'é'.repeat(2047) } })).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
  expect(checkFcmContent({ data: {} })).toBeUndefined()
})

it('says what is how long, the longest first', () => {
  const content = {
    data: { a: 'x'.repeat(2000), ['k'.repeat(50)]: 'x'.repeat(100), b: '', c: '', d: '' },
    notification: { title: 'T', body: 'y'.repeat(3000) },
    android: { tag: 'tag' },
  }
  expect(checkFcmContent(content)?.detail).toBe(
    'The message is 5158 bytes; FCM takes 4096, counted in UTF-8, each key of data with its name: ' +
      `notification.body 3000, data.a 2001, data.${'k'.repeat(40)}… 150, android.notification.tag 3, data.b 1, 3 more 3.`,
  )
})

it.each(['from', 'gcm', 'message_type', 'google', 'googlemaps', 'google.c.a', 'gcm.n.e'])(
  'refuses the key %s',
  (key) => {
    expect(checkFcmContent({ data: { [key]: '' } })).toMatchObject({
      code: 'PUSH_MESSAGE_INVALID',
      detail: expect.stringContaining(`data.${key} is a key that FCM keeps for itself`),
    })
  },
)

it.each(['From', 'from2', 'gcmx', 'my.google', 'message_types'])('takes the key %s', (key) => {
  expect(checkFcmContent({ data: { [key]: '' } })).toBeUndefined()
})

it('refuses a notification that shows nothing', () => {
  expect(checkFcmContent({ data: {}, notification: { image: 'https://x/' } })).toMatchObject({
    code: 'PUSH_MESSAGE_INVALID',
    detail: 'notification needs a title or a body.',
  })
})

it('counts what is sent: with the click target in data, and after the override', () => {
  const url = 'https://shop.example/42'
  const notification = { title: 'T', url }
  const fits = 4096 - 'T'.length - `url${url}`.length - 'a'.length
  expect(checkFcmContent({ data: { a: 'x'.repeat(fits) }, notification })).toBeUndefined()
  expect(checkFcmContent({ data: { a: 'x'.repeat(fits + 1) }, notification })).toMatchObject({
    code: 'PUSH_MESSAGE_TOO_BIG',
  })
  const data = { a: 'x'.repeat(5000) }
  expect(checkFcmContent({ data, overrides: { fcm: { data: { a: null } } } })).toBeUndefined()
  expect(checkFcmContent({ data: {}, overrides: { fcm: { data } } })?.code).toBe('PUSH_MESSAGE_TOO_BIG')
  expect(checkFcmContent({ data, overrides: { fcm: { android: { data: { a: 'b' } } } } })).toBeUndefined()
})

it.each(['apns', 'webpush'] as const)('refuses what is too much for %s alone', (part) => {
  const texts = { aps: {}, text: 'x'.repeat(4097) }
  const override = part === 'apns' ? { apns: { payload: texts } } : { webpush: { notification: texts } }
  expect(checkFcmContent({ data: {}, overrides: { fcm: override } })).toEqual({
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail: expect.stringContaining(`What the message says for ${part} alone is`),
  })
})

it('refuses overrides that FCM would', () => {
  const detailOf = (fcm: FcmOverride) => checkFcmContent({ data: { a: 'b' }, overrides: { fcm } })?.detail
  expect(detailOf({ data: { gcm: 'x' } })).toContain('data.gcm is a key')
  expect(detailOf({ android: { data: { from: 'x' } } })).toContain('data.from is a key')
  expect(detailOf({ apns: { payload: { custom: 1 } } })).toBe('overrides.fcm.apns.payload needs an object aps.')
  expect(detailOf({ apns: { headers: { 'apns-priority': '10' } } })).toContain('must be "5" where there is data only')
  expect(detailOf({ apns: { headers: { 'apns-priority': '10' }, payload: { aps: { alert: 'A' } } } })).toBeUndefined()
})
