import { createECDH, randomBytes } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { readWebPushAddress, webPushAddress } from '../../../src/model/web-push-address.ts'

const point = createECDH('prime256v1').generateKeys()
const secret = randomBytes(16)
const endpoint = 'https://push.example.org/abc?x=1'
const p256dh = point.toString('base64url')
const auth = secret.toString('base64url')
const CANONICAL = `{"endpoint":"${endpoint}","p256dh":"${p256dh}","auth":"${auth}"}`

describe('the address of a subscription', () => {
  test.each<[string, unknown]>([
    ['a PushSubscription', { endpoint, expirationTime: null, keys: { auth, p256dh } }],
    ['its text', JSON.stringify({ endpoint, keys: { p256dh, auth } }, null, 2)],
    ['the address itself', CANONICAL],
    ['keys in the other alphabet, padded', { endpoint, keys: { p256dh: point.toString('base64'), auth: `${auth}==` } }],
    ['an endpoint written otherwise', { endpoint: `HTTPS://Push.Example.org:443/abc?x=1#f`, keys: { p256dh, auth } }],
  ])('is one text, whatever is given: %s', (_, given) => {
    expect(webPushAddress(given)).toBe(CANONICAL)
  })

  it('is read back', () => {
    expect(readWebPushAddress(CANONICAL)).toEqual({ endpoint: new URL(endpoint), p256dh: point, auth: secret })
  })

  test.each<[string, unknown]>([
    ['no JSON', 'APA91b'],
    ['null', null],
    ['a list', []],
    ['no keys', { endpoint }],
    ['an endpoint that is no URL', { endpoint: '/abc', keys: { p256dh, auth } }],
    ['an endpoint that is too long', { endpoint: `https://a.example/${'x'.repeat(2048)}`, keys: { p256dh, auth } }],
    ['an endpoint that becomes too long', { endpoint: `https://a.example/${'é'.repeat(400)}`, keys: { p256dh, auth } }],
    ['a point off the curve', { endpoint, keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth } }],
    ['a compressed point', { endpoint, keys: { p256dh: point.subarray(0, 33).toString('base64url'), auth } }],
    ['a short secret', { endpoint, keys: { p256dh, auth: 'AAAA' } }],
    ['a key that is no base64', { endpoint, keys: { p256dh: `${p256dh.slice(1)}!`, auth } }],
    ['a key that is no text', { endpoint, keys: { p256dh: 1, auth } }],
  ])('is none for %s', (_, given) => {
    expect(webPushAddress(given)).toBeUndefined()
  })
})
