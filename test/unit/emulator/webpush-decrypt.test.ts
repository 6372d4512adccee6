import { createECDH, createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newRecipient } from '../../../src/emulator/devices/push-subscription.ts'
import { decryptMessage } from '../../../src/emulator/webpush/decrypt.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { encrypt } from './webpush-client.ts'

/** RFC 8291 §5 and appendix A. */
const RFC = {
  receiverPrivate: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  receiverPublic: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  senderPrivate: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  plaintext: 'When I grow up, I want to be a watermelon',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
}
const bytes = (text: string) => Buffer.from(text, 'base64url')

describe('A Web Push body', () => {
  const recipient = newRecipient(systemRandom)
  const keys = { p256dh: recipient.publicKey.toString('base64url'), auth: recipient.auth.toString('base64url') }

  it('of RFC 8291 opens with the keys of RFC 8291', () => {
    const point = bytes(RFC.receiverPublic)
    const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)]
    const jwk = { kty: 'EC', crv: 'P-256', x, y, d: RFC.receiverPrivate }
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
    const opened = decryptMessage(bytes(RFC.body), { privateKey, publicKey: point, auth: bytes(RFC.auth) })
    expect(opened).toEqual({ plaintext: Buffer.from(RFC.plaintext) })
  })

  it('of these tests is that of RFC 8291, byte for byte', () => {
    const sender = createECDH('prime256v1')
    sender.setPrivateKey(bytes(RFC.senderPrivate))
    const receiver = { p256dh: RFC.receiverPublic, auth: RFC.auth }
    const body = encrypt(Buffer.from(RFC.plaintext), receiver, { sender, salt: bytes(RFC.salt) })
    expect(body.toString('base64url')).toBe(RFC.body)
  })

  it.each([
    ['nothing', ''],
    ['text of one byte', 'a'],
    ['text that ends like a padding', 'a\u0002\0\0'],
    ['the longest that fits', 'x'.repeat(3993)],
  ])('with %s opens', (_case, text) => {
    expect(decryptMessage(encrypt(Buffer.from(text), keys), recipient)).toEqual({ plaintext: Buffer.from(text) })
  })

  it('may be padded', () => {
    const ending = Buffer.from([2, 0, 0, 0, 0])
    expect(decryptMessage(encrypt(Buffer.from('hi'), keys, { ending }), recipient)).toEqual({
      plaintext: Buffer.from('hi'),
    })
  })

  const text = Buffer.from('hello')
  const changed = (change: (body: Buffer) => void) => {
    const body = encrypt(text, keys)
    change(body)
    return body
  }
  it.each([
    ['too short', Buffer.alloc(102), 'too short'],
    ['with a key id of another length', changed((body) => body.writeUInt8(64, 20)), 'key id is 64 bytes'],
    [
      'whose record is as long as its record size',
      encrypt(text, keys, { recordSize: text.length + 17 }),
      'record size is 22',
    ],
    ["without a point for the sender's key", changed((body) => body.fill(7, 22, 86)), 'no point of P-256'],
    ['with another byte in its record', changed((body) => body.writeUInt8(body.readUInt8(90) ^ 1, 90)), 'not open'],
    ['with another salt', changed((body) => body.fill(0, 0, 16)), 'not open'],
    ['for another receiver', encrypt(text, { ...keys, auth: 'AAAAAAAAAAAAAAAAAAAAAA' }), 'not open'],
    [
      'with the delimiter of a record that is not the last',
      encrypt(text, keys, { ending: Buffer.from([1]) }),
      'the byte 2',
    ],
    ['of nothing but zeros', encrypt(Buffer.alloc(0), keys, { ending: Buffer.alloc(3) }), 'the byte 2'],
  ])('%s does not open', (_case, body, reason) => {
    expect(decryptMessage(body, recipient)).toEqual({ objection: expect.stringContaining(reason) })
  })
})
