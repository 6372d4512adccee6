import { describe, expect, it } from 'vitest'
import type { MessageContent } from '../../../../src/model/message.ts'
import type { ApnsOverride } from '../../../../src/model/overrides.ts'
import { checkApnsContent } from '../../../../src/transports/apns/check.ts'
import { previewApns } from '../../../../src/transports/apns/preview.ts'

const check = (content: Partial<MessageContent>) => checkApnsContent({ data: {}, ...content })
const override = (apns: ApnsOverride) => check({ overrides: { apns } })

describe('a payload', () => {
  const filled = (bytes: number, pushType?: string): MessageContent => {
    const overrides = pushType === undefined ? undefined : { apns: { headers: { 'apns-push-type': pushType } } }
    const empty = previewApns({ data: { n: '' }, overrides }, undefined).bytes
    return { data: { n: 'x'.repeat(bytes - empty) }, overrides }
  }

  it('has up to 4096 bytes, and of a call 5120', () => {
    expect(checkApnsContent(filled(4096))).toBeUndefined()
    expect(checkApnsContent(filled(4097))).toMatchObject({ code: 'PUSH_MESSAGE_TOO_BIG' })
    expect(checkApnsContent(filled(5120, 'voip'))).toBeUndefined()
    expect(checkApnsContent(filled(5121, 'voip'))?.detail).toContain('5121 bytes of JSON; APNs takes 5120')
  })

  it('that is too long is told by its parts, the longest first, without what they say', () => {
    const data = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'é'.repeat(100 * i)]))
    const detail = check({ data, notification: { body: 'b'.repeat(1000) } })?.detail
    expect(detail).toMatch(/: k8 1607, k7 1407, k6 1207, aps\.alert 1019, k5 1007, 5 more \d+\.$/)
    expect(detail).not.toContain('éé')
  })
})

describe('what is refused', () => {
  it.each<[string, Partial<MessageContent>, string]>([
    ['data named aps', { data: { aps: 'x' } }, 'data.aps'],
    ['a notification without text', { notification: { badge: 1 } }, 'title or a body'],
    ['a trial', { validateOnly: true }, 'validateOnly'],
  ])('%s', (_, content, sentence) => {
    expect(check(content)).toMatchObject({ code: 'PUSH_MESSAGE_INVALID', detail: expect.stringContaining(sentence) })
  })

  it.each<[string, ApnsOverride, string]>([
    ['a push type that is none', { headers: { 'apns-push-type': 'loud' } }, 'apns-push-type must be one of alert'],
    ['a priority that is none', { headers: { 'apns-priority': '7' } }, 'must be one of 10, 5, 1'],
    ['a background push at once', { headers: { 'apns-priority': '10' } }, 'must not be 10'],
    ['an expiration in words', { headers: { 'apns-expiration': 'soon' } }, 'UNIX seconds'],
    ['a topic that is no header', { headers: { 'apns-topic': 'é' } }, 'apns-topic'],
    ['aps taken away', { payload: { aps: null } }, 'leave an object at aps'],
    ['aps as a text', { payload: { aps: 'x' } }, 'leave an object at aps'],
    [
      'a background push that shows something',
      { headers: { 'apns-push-type': 'background' }, payload: { aps: { sound: 'default' } } },
      'no alert, badge or sound',
    ],
  ])('%s', (_, apns, sentence) => {
    expect(override(apns)).toMatchObject({ code: 'PUSH_MESSAGE_INVALID', detail: expect.stringContaining(sentence) })
  })

  it('not: a push of another type without aps', () => {
    expect(override({ headers: { 'apns-push-type': 'voip' }, payload: { aps: null, call: '1' } })).toBeUndefined()
  })
})

describe('a preview', () => {
  it('is the request, with stand-ins for what is secret or of the device', () => {
    expect(previewApns({ data: { n: '1' }, notification: { title: 'é' } }, 60, 'com.example.shop')).toEqual({
      method: 'POST',
      path: '/3/device/{address}',
      headers: {
        authorization: 'bearer {provider token}',
        'apns-id': '{UUID of message and device}',
        'apns-expiration': '{now + 60}',
        'apns-push-type': 'alert',
        'apns-topic': 'com.example.shop',
      },
      body: '{"aps":{"alert":{"title":"é"}},"n":"1"}',
      bytes: 40,
      maxBytes: 4096,
      notes: [],
    })
  })

  it('says what is shortened and what is not carried', () => {
    const { notes, refusal } = previewApns(
      {
        data: { url: 'mine', aps: '' },
        collapseKey: 'k'.repeat(65),
        delayWhileIdle: true,
        android: { tag: 't' },
        notification: {
          title: 'T',
          url: 'https://x/',
          image: 'https://x/1.png',
          actions: [{ id: 'go', title: 'Go', icon: 'https://x/i.png' }],
        },
      },
      0,
    )
    expect(refusal).toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
    for (const word of ['hash', 'category go', 'extension', 'data.url', 'delayWhileIdle', 'android']) {
      expect(notes.join('\n')).toContain(word)
    }
    expect(previewApns({ data: {}, urgency: 'high' }, undefined).notes.join()).toContain('priority 5')
  })
})
