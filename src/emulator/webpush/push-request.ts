// Reads the headers and the size of a push request (RFC 8030 §5), as autopush does, but for its tolerance to what the RFCs
// forbid.
import {
  AUTOPUSH_MAX_TTL_SECONDS,
  type AutopushErrorName,
  WEB_PUSH_ENCODING,
  WEB_PUSH_MAX_BODY_BYTES,
  WEB_PUSH_TOPIC,
  WEB_PUSH_URGENCIES,
  type WebPushUrgency,
} from '../../protocols/web-push.ts'
import type { ServiceRequest } from '../server/service-request.ts'
import { autopushError, object, plainError, type Refusal, refuse } from './autopush-error.ts'

export interface PushRequest {
  /** As it will be kept: 30 days at most. */
  readonly ttlSeconds: number
  readonly urgency: WebPushUrgency
  /** Empty when there is none. */
  readonly topic: string
  /** Encrypted; undefined when the message has no body. */
  readonly body: Buffer | undefined
}

type Headers = ServiceRequest['headers']

export function isRefusal(read: PushRequest | Refusal): read is Refusal {
  return 'answer' in read
}

export function readPushRequest({ headers, body }: ServiceRequest, address: string): PushRequest | Refusal {
  if (body === undefined || body.length > WEB_PUSH_MAX_BODY_BYTES) {
    const size = body ? `${body.length} bytes` : 'far too long'
    return {
      ...refuse('PayloadTooLarge', address),
      objection: `The body is ${size}; it may be ${WEB_PUSH_MAX_BODY_BYTES}.`,
    }
  }
  const refused = (name: AutopushErrorName, objection: string) => object(autopushError(name), objection, address)
  const ttl = textOf(headers, 'ttl')
  if (!/^-?\d{1,15}$/.test(ttl))
    return refused('NoTTL', `TTL is "${ttl}"; it must be there, a whole number of seconds.`)
  if (Number(ttl) < 0) return refused('NegativeTTL', `TTL is ${ttl}.`)
  const topic = textOf(headers, 'topic')
  if (headers.topic !== undefined && !WEB_PUSH_TOPIC.test(topic)) {
    return refused('InvalidTopic', `Topic is "${topic}"; it must be 1 to 32 characters of A–Z a–z 0–9 - _.`)
  }
  const urgency = urgencyOf(textOf(headers, 'urgency'))
  if (!urgency) {
    const objection = `Urgency must be one of ${WEB_PUSH_URGENCIES.join(', ')}.`
    return object(plainError(400, 'Invalid Urgency'), objection, address)
  }
  const objection = body.length === 0 ? undefined : encodingObjection(headers)
  if (objection !== undefined) {
    return object(autopushError('InvalidEncryption', { message: objection }), objection, address)
  }
  const ttlSeconds = Math.min(Number(ttl), AUTOPUSH_MAX_TTL_SECONDS)
  return { ttlSeconds, urgency, topic, body: body.length === 0 ? undefined : body }
}

function encodingObjection(headers: Headers): string | undefined {
  const encoding = textOf(headers, 'content-encoding')
  if (encoding === '') return 'Missing Content-Encoding header'
  if (encoding !== WEB_PUSH_ENCODING) return `Unknown Content-Encoding header: only ${WEB_PUSH_ENCODING} is known`
  // They belong to the older aesgcm; here salt and key stand in the body.
  if (/\bsalt=/.test(textOf(headers, 'encryption')))
    return "Do not include 'salt' header in aes128gcm Encryption header"
  if (/\bdh=/.test(textOf(headers, 'crypto-key'))) return "Do not include 'dh' header in aes128gcm Crypto-Key header"
  return undefined
}

function urgencyOf(text: string): WebPushUrgency | undefined {
  return text === '' ? 'normal' : WEB_PUSH_URGENCIES.find((known) => known === text)
}

/** Empty when there is none. */
function textOf(headers: Headers, name: string): string {
  return String(headers[name] ?? '')
}
