import { createECDH, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { decrypt } from 'http_ece'
import { describe, expect, it } from 'vitest'
import {
  encrypt,
  MAX_PLAINTEXT_BYTES,
  newSenderKeys,
  OVERHEAD_BYTES,
} from '../../../../src/transports/webpush/encrypt.ts'

const bytes = (text: string) => Buffer.from(text, 'base64url')

/** RFC 8291, section 5 and appendix A. */
const VECTOR = {
  plaintext: 'When I grow up, I want to be a watermelon',
  senderPrivate: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  senderPublic: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  receiverPublic: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  body:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl' +
    '7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
}

describe('encryption', () => {
  it('gives the body that RFC 8291 gives', () => {
    const [x, y] = [bytes(VECTOR.senderPublic).subarray(1, 33), bytes(VECTOR.senderPublic).subarray(33)]
    const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
    const privateKey = createPrivateKey({ key: { ...jwk, d: VECTOR.senderPrivate }, format: 'jwk' })
    const body = encrypt({
      p256dh: bytes(VECTOR.receiverPublic),
      auth: bytes(VECTOR.auth),
      plaintext: Buffer.from(VECTOR.plaintext),
      salt: bytes(VECTOR.salt),
      sender: { privateKey, point: bytes(VECTOR.senderPublic) },
    })
    expect(body.toString('base64url')).toBe(VECTOR.body)
  })

  it.each([0, 1, 300, MAX_PLAINTEXT_BYTES])('of %d bytes is undone by http_ece', (length) => {
    const receiver = createECDH('prime256v1')
    receiver.generateKeys()
    const auth = randomBytes(16)
    const plaintext = randomBytes(length)
    const body = encrypt({
      p256dh: receiver.getPublicKey(),
      auth,
      plaintext,
      salt: randomBytes(16),
      sender: newSenderKeys(),
    })
    expect(body.length).toBe(length + OVERHEAD_BYTES)
    expect(decrypt(body, { version: 'aes128gcm', privateKey: receiver, authSecret: auth })).toEqual(plaintext)
  })

  it('fills the 4096 bytes that every push service takes', () => {
    expect(MAX_PLAINTEXT_BYTES).toBe(3993)
  })

  it('takes a new key pair for each message', () => {
    const points = Array.from({ length: 5 }, () => Buffer.from(newSenderKeys().point).toString('hex'))
    expect(new Set(points).size).toBe(5)
    expect(points.every((point) => /^04[0-9a-f]{128}$/.test(point))).toBe(true)
  })

  it('refuses a key that is no point of the curve', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
    const parts = { auth: randomBytes(16), plaintext: Buffer.from('x'), salt: randomBytes(16), sender: newSenderKeys() }
    expect(() => encrypt({ ...parts, p256dh: point })).toThrow()
  })
})
