import { expect, it } from 'vitest'
import type { Send } from '../../../../src/model/transport.ts'
import { confirmationContent, encodeMessage } from '../../../../src/transports/fcm/encode.ts'

const TOKEN = 'cFid_22-characters-long:APA91bXYZ'
const NOW = Date.UTC(2026, 0, 1)
const body = (content: Partial<Send['content']>, more: Partial<Send> = {}) =>
  JSON.parse(encodeMessage({ address: TOKEN, messageId: 'm', content: { data: {}, ...content }, ...more }, NOW))
const encode = (content: Partial<Send['content']>, more: Partial<Send> = {}) => body(content, more).message

it('an address of 22 characters is an installation id, and any other a token', () => {
  const data = { a: 'b' }
  expect(encode({ data }, { address: 'cFid_22-characters-lo9' })).toEqual({ fid: 'cFid_22-characters-lo9', data })
  for (const address of [TOKEN, 'cFid_22-characters-lo.', 'cFid_22-characters-lo', 'cFid_22-characters-lo9x']) {
    expect(encode({ data }, { address })).toEqual({ token: address, data })
  }
})

it('only what was given is sent: no collapse key, urgency or life of ours', () => {
  expect(encode({ data: { a: 'b' } })).toEqual({ token: TOKEN, data: { a: 'b' } })
  expect(encode({ notification: { title: 'T', body: undefined } })).toEqual({
    token: TOKEN,
    notification: { title: 'T' },
  })
  expect(encode({ delayWhileIdle: true })).toEqual({ token: TOKEN })
})

it('the life that is left ends everywhere: in seconds, at most 28 days, and on iOS at a moment; 0 is now or never', () => {
  expect(encode({}, { ttlSeconds: 0 })).toEqual({
    token: TOKEN,
    android: { ttl: '0s' },
    apns: { headers: { 'apns-expiration': '0' } },
    webpush: { headers: { TTL: '0' } },
  })
  expect(encode({}, { ttlSeconds: 90 })).toMatchObject({
    android: { ttl: '90s' },
    apns: { headers: { 'apns-expiration': String(NOW / 1000 + 90) } },
    webpush: { headers: { TTL: '90' } },
  })
  expect(encode({}, { ttlSeconds: 9_999_999 })).toMatchObject({
    android: { ttl: '2419200s' },
    webpush: { headers: { TTL: '2419200' } },
  })
})

it('the message of one object is compiled anew when its life is another, or ends at another moment', () => {
  const content = { data: { a: 'b' } }
  const lifeOf = (ttlSeconds: number, now: number) => {
    const { android, apns } = JSON.parse(
      encodeMessage({ address: 'x', messageId: 'm', content, ttlSeconds }, now),
    ).message
    return [android.ttl, Number(apns.headers['apns-expiration'])]
  }
  expect(lifeOf(60, 0)).toEqual(['60s', 60])
  expect(lifeOf(60, 1000)).toEqual(['60s', 61])
  expect(lifeOf(59, 2000)).toEqual(['59s', 61])
  expect(lifeOf(60, 0)).toEqual(['60s', 60])
})

it('an address that is no token by its looks is quoted', () => {
  expect(encode({}, { address: '"},"topic":"all' }).token).toBe('"},"topic":"all')
})

it('a collapse key of more than 64 bytes is replaced by its hash', () => {
  expect(encode({ collapseKey: 'k'.repeat(64) }).android).toEqual({ collapse_key: 'k'.repeat(64) })
  const { collapse_key: long } = encode({ collapseKey: 'é'.repeat(33) }).android
  expect(long).toMatch(/^[\w-]{43}$/)
  expect(long).toBe(encode({ collapseKey: 'é'.repeat(33) }).android.collapse_key)
  expect(encode({ collapseKey: 'é'.repeat(34) }).android).not.toEqual({ collapse_key: long })
})

it('iOS and browsers get a collapse key under their names, hashed where it does not fit', () => {
  const short = encode({ collapseKey: 'order-42' })
  expect(short.apns.headers).toEqual({ 'apns-collapse-id': 'order-42' })
  expect(short.webpush.headers).toEqual({ Topic: 'order-42' })
  const odd = encode({ collapseKey: 'order 42 / é' })
  expect(odd.apns.headers['apns-collapse-id']).toMatch(/^[\w-]{43}$/)
  expect(odd.webpush.headers.Topic).toMatch(/^[\w-]{32}$/)
})

it('an urgency has each platform’s name; data alone goes to iOS with 5 and wakes the application', () => {
  const notification = { title: 'T' }
  expect(encode({ urgency: 'high', notification })).toMatchObject({
    android: { priority: 'HIGH' },
    apns: { headers: { 'apns-priority': '10' } },
    webpush: { headers: { Urgency: 'high' } },
  })
  expect(encode({ urgency: 'normal', notification }).apns).toEqual({ headers: { 'apns-priority': '5' } })
  expect(encode({ urgency: 'very-low', notification })).toMatchObject({
    android: { priority: 'NORMAL' },
    apns: { headers: { 'apns-priority': '5' } },
    webpush: { headers: { Urgency: 'very-low' } },
  })
  expect(encode({ urgency: 'high' }).apns).toEqual({
    headers: { 'apns-priority': '5' },
    payload: { aps: { 'content-available': 1 } },
  })
})

it('what a notification shows goes to each platform in its own words', () => {
  const notification = {
    title: 'T',
    body: 'B',
    image: 'https://pics.example/1.png',
    actions: [
      { id: 'track', title: 'Track' },
      { id: 'return', title: 'Send back', icon: 'https://pics.example/2.png' },
    ],
    badge: 3,
    sound: 'bell',
    url: 'https://shop.example/42',
  }
  expect(encode({ notification })).toEqual({
    token: TOKEN,
    data: { url: 'https://shop.example/42' },
    notification: { title: 'T', body: 'B', image: 'https://pics.example/1.png' },
    android: { notification: { sound: 'bell', notification_count: 3 } },
    apns: {
      payload: { aps: { badge: 3, sound: 'bell', category: 'track.return', 'mutable-content': 1 } },
      fcm_options: { image: 'https://pics.example/1.png' },
    },
    webpush: {
      notification: {
        actions: [
          { action: 'track', title: 'Track' },
          { action: 'return', title: 'Send back', icon: 'https://pics.example/2.png' },
        ],
      },
      fcm_options: { link: 'https://shop.example/42' },
    },
  })
})

it('what Android’s options say comes before what the notification says to all', () => {
  const notification = { title: 'T', badge: 3, sound: 'bell' }
  const android = { sound: 'horn', notificationCount: 7 }
  expect(encode({ notification, android }).android.notification).toEqual({ sound: 'horn', notification_count: 7 })
})

it('a badge of 0 takes the number away on iOS, and is no count on Android', () => {
  const { android, apns } = encode({ notification: { title: 'T', badge: 0 } })
  expect(android).toBeUndefined()
  expect(apns.payload).toEqual({ aps: { badge: 0 } })
})

it('a url of data’s own stays', () => {
  const content = { data: { url: 'app://42' }, notification: { title: 'T', url: 'https://shop.example/42' } }
  expect(encode(content)).toMatchObject({
    data: { url: 'app://42' },
    webpush: { fcm_options: { link: 'https://shop.example/42' } },
  })
})

it('an override is laid over what the message became; null takes away', () => {
  const overrides = {
    fcm: {
      data: { a: null, c: 'd' },
      android: { ttl: '5s', notification: { ticker: 'now', sound: null } },
      apns: null,
      fcm_options: { analytics_label: 'spring' },
    },
  }
  const notification = { title: 'T', sound: 'bell', badge: 1 }
  expect(encode({ data: { a: 'b' }, notification, overrides }, { ttlSeconds: 90 })).toEqual({
    token: TOKEN,
    data: { c: 'd' },
    notification: { title: 'T' },
    android: { ttl: '5s', notification: { notification_count: 1, ticker: 'now' } },
    webpush: { headers: { TTL: '90' } },
    fcm_options: { analytics_label: 'spring' },
  })
})

it('a message to validate says so beside the message', () => {
  expect(body({ data: { a: 'b' }, validateOnly: true })).toEqual({
    message: { token: TOKEN, data: { a: 'b' } },
    validate_only: true,
  })
  expect(body({ validateOnly: false })).toEqual({ message: { token: TOKEN } })
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
  expect(encode({ urgency: 'high', android: { directBootOk: true } }).android).toEqual({
    priority: 'HIGH',
    direct_boot_ok: true,
  })
})

it('the confirmation push is data only, and wakes the device on every platform', () => {
  expect(encode(confirmationContent('secret'))).toEqual({
    token: TOKEN,
    data: { confirmationToken: 'secret' },
    android: { priority: 'HIGH' },
    apns: { headers: { 'apns-priority': '5' }, payload: { aps: { 'content-available': 1 } } },
    webpush: { headers: { Urgency: 'high' } },
  })
})
