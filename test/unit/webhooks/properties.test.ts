// Signatures of webhooks, at random: who has a secret can tell a genuine one, and nobody else's.
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readWebhookSecret, signatureHeaders } from '../../../src/webhooks/sign.ts'
import { runs } from '../../kit/runs.ts'

const secrets = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`)

/** As a receiver does it, by the scheme's own text: the secret's bytes sign `id.timestamp.body`. */
function verify(headers: Record<string, string>, body: string, secret: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const wanted = createHmac('sha256', key).update(signed, 'utf8').digest('base64')
  return (headers['webhook-signature'] ?? '').split(' ').some((each) => each === `v1,${wanted}`)
}

test('a signature is genuine by each secret it was made with, and by no other secret, body, time or id', () => {
  const cases = fc.record({
    given: fc.uniqueArray(secrets, { minLength: 2, maxLength: 4 }),
    id: fc.uuid(),
    timestamp: fc.nat(2 ** 31),
    body: fc.string({ unit: 'grapheme' }),
    other: fc.string({ unit: 'grapheme' }),
  })
  fc.assert(
    fc.property(cases, ({ given, id, timestamp, body, other }) => {
      const [stranger = '', ...own] = given
      const bytes = own.flatMap((secret) => readWebhookSecret(secret) ?? [])
      expect(bytes).toHaveLength(own.length)
      const headers = signatureHeaders({ id, timestamp, body, secrets: bytes })
      for (const secret of own) {
        expect(verify(headers, body, secret)).toBe(true)
        expect(verify(headers, other, secret)).toBe(other === body)
        expect(verify({ ...headers, 'webhook-timestamp': `${timestamp + 1}` }, body, secret)).toBe(false)
        expect(verify({ ...headers, 'webhook-id': `${id}0` }, body, secret)).toBe(false)
      }
      expect(verify(headers, body, stranger)).toBe(false)
    }),
    runs(300),
  )
})

test('a secret is read as the bytes it was written from, 24 to 64 of them, and nothing else is a secret', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.string(), (bytes, text) => {
      const written = `whsec_${Buffer.from(bytes).toString('base64')}`
      const isSecret = bytes.length >= 24 && bytes.length <= 64
      expect(readWebhookSecret(written)).toEqual(isSecret ? Buffer.from(bytes) : undefined)
      expect(readWebhookSecret(text)).toBeUndefined()
      expect(readWebhookSecret(`${written}!`)).toBeUndefined()
    }),
    runs(500),
  )
})
