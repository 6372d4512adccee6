import { describe, expect, it } from 'vitest'
import type { MessageContent } from '../../../../src/model/message.ts'
import { confirmationContent } from '../../../../src/transports/apns/confirmation.ts'
import { apnsIdOf, createEncoder, encodeContent, expirationOf } from '../../../../src/transports/apns/encode.ts'

const TOPIC = 'com.example.shop'

function encode(content: Partial<MessageContent>) {
  const { payload, headers } = encodeContent({ data: {}, ...content }, TOPIC)
  return { payload: JSON.parse(payload), headers }
}

describe('a message without notification', () => {
  it('is a background push, with its data beside aps', () => {
    expect(encode({ data: { order: '42' } })).toEqual({
      payload: { aps: { 'content-available': 1 }, order: '42' },
      headers: { 'apns-push-type': 'background', 'apns-topic': TOPIC, 'apns-priority': '5' },
    })
  })

  it('has the priority 5 whatever it asks for: APNs takes no other', () => {
    expect(encode({ urgency: 'high' }).headers['apns-priority']).toBe('5')
    expect(encode({ urgency: 'very-low' }).headers['apns-priority']).toBe('5')
  })
})

describe('a notification', () => {
  it('is an alert with what was given and nothing of ours', () => {
    expect(encode({ notification: { title: 'T' } })).toEqual({
      payload: { aps: { alert: { title: 'T' } } },
      headers: { 'apns-push-type': 'alert', 'apns-topic': TOPIC },
    })
  })

  it('has badge, sound, picture, target and the category of its actions', () => {
    const { payload } = encode({
      data: { order: '42' },
      notification: {
        title: 'T',
        body: 'B',
        badge: 0,
        sound: 'ping.caf',
        image: 'https://x/1.png',
        url: 'https://x/42',
        actions: [
          { id: 'reply', title: 'Reply' },
          { id: 'mute', title: 'Mute' },
        ],
      },
    })
    expect(payload).toEqual({
      aps: {
        alert: { title: 'T', body: 'B' },
        badge: 0,
        sound: 'ping.caf',
        category: 'reply.mute',
        'mutable-content': 1,
      },
      image: 'https://x/1.png',
      url: 'https://x/42',
      order: '42',
    })
  })

  it('goes at once with a high urgency, when power allows with a normal one, and without waking the device with a lower one', () => {
    const notification = { title: 'T' }
    expect(encode({ notification, urgency: 'high' }).headers['apns-priority']).toBe('10')
    expect(encode({ notification, urgency: 'normal' }).headers['apns-priority']).toBe('5')
    expect(encode({ notification, urgency: 'low' }).headers['apns-priority']).toBe('1')
    expect(encode({ notification, urgency: 'very-low' }).headers['apns-priority']).toBe('1')
  })

  it('leaves a name to the data that has it too', () => {
    const { payload } = encode({ data: { url: 'mine' }, notification: { title: 'T', url: 'https://x/' } })
    expect(payload.url).toBe('mine')
  })
})

describe('a collapse key', () => {
  const idOf = (collapseKey: string) => encode({ collapseKey }).headers['apns-collapse-id'] ?? ''

  it('is the collapse id up to 64 bytes', () => {
    for (const key of ['k', 'parcel 42', 'k'.repeat(64)]) expect(idOf(key)).toBe(key)
  })

  it.each(['k'.repeat(65), 'é', ' k', 'k\n', '😀'.repeat(30)])(
    'is replaced by its hash where no header can hold it: %j',
    (key) => {
      expect(idOf(key)).toMatch(/^[\w-]{43}$/)
      expect(idOf(key)).toBe(idOf(key))
      expect(idOf(key)).not.toBe(idOf(`${key}x`))
    },
  )
})

describe('what a message says to APNs alone', () => {
  it('is laid over the payload; null takes away', () => {
    const { payload } = encode({
      data: { a: '1', b: '2' },
      notification: { title: 'T', sound: 'default' },
      overrides: {
        apns: { payload: { aps: { 'interruption-level': 'time-sensitive', sound: null }, b: null, deep: { x: [1] } } },
      },
    })
    expect(payload).toEqual({
      aps: { alert: { title: 'T' }, 'interruption-level': 'time-sensitive' },
      a: '1',
      deep: { x: [1] },
    })
  })

  it.each([
    ['voip', '.voip'],
    ['complication', '.complication'],
    ['fileprovider', '.pushkit.fileprovider'],
    ['location', '.location-query'],
    ['liveactivity', '.push-type.liveactivity'],
    ['pushtotalk', '.voip-ptt'],
    ['controls', '.push-type.controls'],
    ['widgets', '.push-type.widgets'],
  ])('the push type %s has a topic with %s', (pushType, suffix) => {
    const { headers } = encode({ overrides: { apns: { headers: { 'apns-push-type': pushType } } } })
    expect(headers).toEqual({ 'apns-push-type': pushType, 'apns-topic': `${TOPIC}${suffix}` })
  })

  it('may be the topic, the priority and the expiration', () => {
    const given = { 'apns-topic': 'other', 'apns-priority': '1', 'apns-expiration': '0' }
    expect(encode({ overrides: { apns: { headers: given } } }).headers).toMatchObject(given)
  })

  it('makes an alert of a message whose payload then shows something', () => {
    const overrides = { apns: { payload: { aps: { alert: { 'loc-key': 'HELLO' } } } } }
    expect(encode({ overrides }).headers['apns-push-type']).toBe('alert')
    expect(encode({ overrides: { apns: { payload: { aps: { badge: 3 } } } } }).headers['apns-push-type']).toBe('alert')
  })
})

describe('the confirmation push', () => {
  it('is seen by nobody at first', () => {
    expect(encode(confirmationContent('secret', 1, 'text'))).toMatchObject({
      payload: { aps: { 'content-available': 1 }, confirmationToken: 'secret' },
      headers: { 'apns-push-type': 'background' },
    })
  })

  it('is an alert then, that wakes application and extension', () => {
    expect(encode(confirmationContent('secret', 2, 'text'))).toMatchObject({
      payload: {
        aps: { alert: { body: 'text' }, 'content-available': 1, 'mutable-content': 1 },
        confirmationToken: 'secret',
      },
      headers: { 'apns-push-type': 'alert', 'apns-priority': '10' },
    })
  })
})

it('the expiration is a moment; 0 is now or never, and without a life APNs decides', () => {
  const now = Date.UTC(2026, 0, 1) + 999
  expect(expirationOf(90, now)).toBe(String(Date.UTC(2026, 0, 1) / 1000 + 90))
  expect(expirationOf(0, now)).toBe('0')
  expect(expirationOf(undefined, now)).toBeUndefined()
})

it('the id of a notification is a UUID, the same on every repeat, and another for each device and message', () => {
  const id = apnsIdOf('m1', 'aa')
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(apnsIdOf('m1', 'aa')).toBe(id)
  expect(new Set([id, apnsIdOf('m2', 'aa'), apnsIdOf('m1', 'ab')]).size).toBe(3)
})

it('an encoder keeps the last few messages, and mixes none up', () => {
  const encoder = createEncoder(TOPIC)
  const contents = Array.from({ length: 20 }, (_, i) => ({ content: { data: { n: String(i) } } }))
  for (const send of [...contents, ...contents.toReversed()]) {
    expect(encoder(send)).toEqual(encodeContent(send.content, TOPIC))
  }
  const [first] = contents
  if (first) expect(encoder(first)).toBe(encoder(first))
  const own = { content: { data: { n: 'own' } }, isContentOwn: true }
  expect(encoder(own)).not.toBe(encoder(own))
  if (first) expect(encoder(first)).toBe(encoder(first))
})
