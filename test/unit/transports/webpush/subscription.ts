// Browsers' subscriptions for tests.
import { createECDH, randomBytes } from 'node:crypto'

/** A good one, at this endpoint. */
export function subscriptionAt(endpoint: string): string {
  const p256dh = createECDH('prime256v1').generateKeys().toString('base64url')
  return JSON.stringify({ endpoint, p256dh, auth: randomBytes(16).toString('base64url') })
}
