import { describe, expect, test } from 'vitest'
import { readWebhookSecret, signatureHeaders } from '../../../src/webhooks/sign.ts'

describe('the signature of a webhook', () => {
  test('is that of the scheme’s published example', () => {
    // github.com/standard-webhooks/standard-webhooks: the example that its libraries test with.
    const secret = readWebhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? Buffer.alloc(0)
    const headers = signatureHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
      secrets: [secret],
    })
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('is there once for each secret', () => {
    const secrets = [Buffer.alloc(24, 1), Buffer.alloc(24, 2)]
    const { 'webhook-signature': both } = signatureHeaders({ id: 'x', timestamp: 1, body: '{}', secrets })
    const each = secrets.map((secret) => signatureHeaders({ id: 'x', timestamp: 1, body: '{}', secrets: [secret] }))
    expect(both).toBe(each.map((headers) => headers['webhook-signature']).join(' '))
  })
})

test.each([
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 24],
  [`whsec_${Buffer.alloc(64, 7).toString('base64')}`, 64],
  [`whsec_${Buffer.alloc(64, 7).toString('base64').replaceAll('=', '')}`, 64],
])('%s is a secret', (text, bytes) => {
  expect(readWebhookSecret(text)).toHaveLength(bytes)
})

test.each([
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  `whsec_${Buffer.alloc(23, 7).toString('base64')}`,
  `whsec_${Buffer.alloc(65, 7).toString('base64')}`,
  'whsec_not base64 at all, but long enough',
  'whsec_',
])('%s is none', (text) => {
  expect(readWebhookSecret(text)).toBeUndefined()
})
