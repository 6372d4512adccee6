import { expect, it } from 'vitest'
import { textsOf } from '../../../../src/transports/fcm/message-texts.ts'

it('finds what a message says wherever it stands, and no names', () => {
  const content = {
    data: { name: 'in data', empty: '' },
    notification: {
      title: 'a title',
      body: 'a body',
      url: 'https://shop.example/42',
      sound: 'default',
      actions: [{ id: 'yes', title: 'a button' }],
    },
    android: { channelId: 'news' },
    overrides: { fcm: { data: { more: 'in an override', gone: null }, android: { notification: { body: 'deep' } } } },
  }
  expect(textsOf(content)).toEqual([
    'in data',
    'a title',
    'a body',
    'https://shop.example/42',
    'a button',
    'in an override',
    'deep',
  ])
})
