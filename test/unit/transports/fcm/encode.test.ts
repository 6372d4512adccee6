import { expect, it } from 'vitest'
import type { Send } from '../../../../src/model/transport.ts'
import { confirmationContent, encodeMessage } from '../../../../src/transports/fcm/encode.ts'

const TOKEN = 'cFid_22-characters-long:APA91bXYZ'
const encode = (content: Partial<Send['content']>, more: Partial<Send> = {}) =>
  JSON.parse(encodeMessage({ address: TOKEN, messageId: 'm', content: { data: {}, ...content }, ...more })).message

it('an address of 22 characters is an installation id, and any other a token', () => {
  const data = { a: 'b' }
  expect(encode({ data }, { address: 'cFid_22-characters-lo9' })).toEqual({ fid: 'cFid_22-characters-lo9', data })
  for (const address of [TOKEN, 'cFid_22-characters-lo.', 'cFid_22-characters-lo', 'cFid_22-characters-lo9x']) {
    expect(encode({ data }, { address })).toEqual({ token: address, data })
  }
})

it('only what was given is sent: no collapse key, priority or life of ours', () => {
  expect(encode({ data: { a: 'b' } })).toEqual({ token: TOKEN, data: { a: 'b' } })
  expect(encode({ notification: { title: 'T', body: undefined } })).toEqual({
    token: TOKEN,
    notification: { title: 'T' },
  })
  expect(encode({ delayWhileIdle: true })).toEqual({ token: TOKEN })
})

it('the life that is left is in seconds, at most 28 days; 0 is now or never', () => {
  expect(encode({}, { ttlSeconds: 0 }).android).toEqual({ ttl: '0s' })
  expect(encode({}, { ttlSeconds: 90 }).android).toEqual({ ttl: '90s' })
  expect(encode({}, { ttlSeconds: 9_999_999 }).android).toEqual({ ttl: '2419200s' })
})

it('a collapse key of more than 64 bytes is replaced by its hash', () => {
  expect(encode({ collapseKey: 'k'.repeat(64) }).android).toEqual({ collapse_key: 'k'.repeat(64) })
  const { collapse_key: long } = encode({ collapseKey: 'é'.repeat(33) }).android
  expect(long).toMatch(/^[\w-]{43}$/)
  expect(encode({ collapseKey: 'é'.repeat(33) }).android).toEqual({ collapse_key: long })
  expect(encode({ collapseKey: 'é'.repeat(34) }).android).not.toEqual({ collapse_key: long })
})

it('Android’s options have FCM’s names', () => {
  const notification = { title: 'T' }
  const android = {
    channelId: 'c',
    clickAction: 'A',
    imageUrl: 'https://x/',
    visibility: 'secret',
    sticky: false,
  } as const
  expect(encode({ notification, android }).android).toEqual({
    notification: { channel_id: 'c', click_action: 'A', image: 'https://x/', visibility: 'SECRET', sticky: false },
  })
  expect(encode({ priority: 'high', android: { directBootOk: true } }).android).toEqual({
    priority: 'HIGH',
    direct_boot_ok: true,
  })
})

it('the confirmation push is data only, and wakes the device', () => {
  expect(encode(confirmationContent('secret'))).toEqual({
    token: TOKEN,
    data: { confirmationToken: 'secret' },
    android: { priority: 'HIGH' },
  })
})
