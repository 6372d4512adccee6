// Signatures of the Standard Webhooks scheme: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
import { createHmac } from 'node:crypto'

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/
/** Bytes of a secret, by the scheme. */
const MIN_BYTES = 24
const MAX_BYTES = 64

/** The bytes of a secret `whsec_…`; undefined for what is none. */
export function readWebhookSecret(text: string): Buffer | undefined {
  const encoded = SECRET.exec(text)?.[1]
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  const isCanonical = bytes.toString('base64').replaceAll('=', '') === encoded.replaceAll('=', '')
  return isCanonical && bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : undefined
}

export interface SignInput {
  readonly id: string
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly body: string
  readonly secrets: readonly Buffer[]
}

/** The headers that a receiver verifies, with a signature by each secret. */
export function signatureHeaders({ id, timestamp, body, secrets }: SignInput): Record<string, string> {
  const signatures = secrets.map((secret) => {
    return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') }
}
