import { expect, it } from 'vitest'
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
      `notification.body 3000, data.a 2001, data.${'k'.repeat(40)}… 150, android.tag 3, data.b 1, 3 more 3.`,
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
