// What a message becomes: its JSON, its headers, its refusals, its preview.
import { describe, expect, it, test } from 'vitest'
import type { MessageContent } from '../../../../src/model/message.ts'
import { checkWebPushContent } from '../../../../src/transports/webpush/check.ts'
import { confirmationContent, encodePlaintext } from '../../../../src/transports/webpush/encode.ts'
import type { ServiceName } from '../../../../src/transports/webpush/endpoint-policy.ts'
import { requestHeaders } from '../../../../src/transports/webpush/headers.ts'
import { previewWebPush } from '../../../../src/transports/webpush/preview.ts'

const json = (content: MessageContent) => JSON.parse(encodePlaintext(content))

describe('the JSON that a browser gets', () => {
  it('has the data alone where nothing is shown', () => {
    expect(json({ data: { a: '1' } })).toEqual({ data: { a: '1' } })
  })

  it('has the confirmation token at its top', () => {
    expect(encodePlaintext(confirmationContent('secret'))).toBe('{"confirmationToken":"secret"}')
  })

  it('is a declarative push message where something is shown', () => {
    const notification = {
      title: 'Parcel',
      body: 'It is here',
      image: 'https://shop.example/p.png',
      badge: 3,
      url: 'https://shop.example/orders/42',
      actions: [{ id: 'later', title: 'Later', icon: 'https://shop.example/l.png' }],
    }
    expect(json({ data: { order: '42' }, notification })).toEqual({
      web_push: 8030,
      notification: {
        title: 'Parcel',
        body: 'It is here',
        navigate: 'https://shop.example/orders/42',
        image: 'https://shop.example/p.png',
        actions: [
          {
            action: 'later',
            title: 'Later',
            icon: 'https://shop.example/l.png',
            navigate: 'https://shop.example/orders/42',
          },
        ],
        app_badge: 3,
      },
      app_badge: 3,
      mutable: true,
      data: { order: '42' },
    })
  })

  it('has the body as its title where there is none', () => {
    expect(json({ data: {}, notification: { body: 'Hello' } })).toEqual({
      web_push: 8030,
      notification: { title: 'Hello' },
      mutable: true,
    })
  })

  it('has the override laid over it, and null takes away', () => {
    const overrides = { webpush: { notification: { tag: 'orders', body: null, silent: true } } }
    const { notification } = json({ data: {}, notification: { title: 'A', body: 'B' }, overrides })
    expect(notification).toEqual({ title: 'A', tag: 'orders', silent: true })
  })
})

describe('the headers', () => {
  const headers = (content: Partial<MessageContent>, ttlSeconds?: number, service: ServiceName = 'other') =>
    requestHeaders({ content: { data: {}, ...content }, ttlSeconds, service, authorization: 'vapid …', bytes: 400 })

  it('say what RFC 8030 and RFC 8291 ask for', () => {
    expect(headers({ urgency: 'high', collapseKey: 'orders' }, 60)).toEqual({
      ttl: '60',
      urgency: 'high',
      topic: 'orders',
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      'content-length': '400',
      authorization: 'vapid …',
    })
  })

  test.each([
    ['a day where none is given', undefined, 'other', '86400'],
    ['0 for now or never', 0, 'mozilla', '0'],
    ['1 for Apple, which takes no 0', 0, 'apple', '1'],
    ['28 days at most', 9_999_999, 'other', '2419200'],
  ] as const)('have a TTL of %s', (_, ttl, service, expected) => {
    expect(headers({}, ttl, service).ttl).toBe(expected)
  })

  it('let the override decide on the urgency', () => {
    expect(headers({ urgency: 'high', overrides: { webpush: { urgency: 'very-low' } } }).urgency).toBe('very-low')
    expect(headers({})).not.toHaveProperty('urgency')
  })

  it('hash a collapse key that is no topic, and for Apple any that has not 32 characters', () => {
    const long = headers({ collapseKey: 'order 42' }).topic
    expect(long).toMatch(/^[\w-]{32}$/)
    expect(headers({ collapseKey: 'order 42' }).topic).toBe(long)
    expect(headers({ collapseKey: 'orders' }, 1, 'apple').topic).toMatch(/^[\w-]{32}$/)
    expect(headers({ collapseKey: 'x'.repeat(32) }, 1, 'apple').topic).toBe('x'.repeat(32))
  })

  it('tell Windows to keep what may wait', () => {
    expect(headers({}, 60, 'windows')['x-wns-cache-policy']).toBe('cache')
    expect(headers({}, 0, 'windows')['x-wns-cache-policy']).toBe('no-cache')
    expect(headers({}, 60)).not.toHaveProperty('x-wns-cache-policy')
  })
})

describe('a check', () => {
  const filled = (length: number): MessageContent => ({ data: { a: 'x'.repeat(length) } })
  const EMPTY = '{"data":{"a":""}}'.length

  it('takes 3993 bytes and not one more, and names what is long', () => {
    expect(checkWebPushContent(filled(3993 - EMPTY))).toBeUndefined()
    expect(checkWebPushContent(filled(3994 - EMPTY))).toMatchObject({
      code: 'PUSH_MESSAGE_TOO_BIG',
      detail: expect.stringMatching(/^The message is 3994 bytes; Web Push takes 3993.*data\.a 39\d\d\.$/),
    })
  })

  it('keeps the key of the confirmation push', () => {
    expect(checkWebPushContent({ data: { confirmationToken: 'x' } })).toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  })

  it('refuses an override that takes the title away', () => {
    const overrides = { webpush: { notification: { title: null } } }
    expect(checkWebPushContent({ data: {}, notification: { title: 'A' }, overrides })).toMatchObject({
      code: 'PUSH_MESSAGE_INVALID',
    })
  })
})

describe('a preview', () => {
  it('shows the request, its size once encrypted, and what is left out', () => {
    const content = { data: { a: '1' }, notification: { title: 'A', sound: 'ding' }, collapseKey: 'a b' }
    const preview = previewWebPush(content, 60)
    expect(preview).toMatchObject({ method: 'POST', path: '{address}', body: encodePlaintext(content), maxBytes: 4096 })
    expect(preview.bytes).toBe(Buffer.byteLength(preview.body) + 103)
    expect(preview.headers).toMatchObject({ ttl: '60', authorization: 'vapid t={token}, k={public key}' })
    expect(preview.notes).toHaveLength(3)
    expect(preview).not.toHaveProperty('refusal')
  })

  it('says why a message would be refused', () => {
    expect(previewWebPush({ data: { a: 'x'.repeat(5000) } }, undefined).refusal?.code).toBe('PUSH_MESSAGE_TOO_BIG')
  })
})
