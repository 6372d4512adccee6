// Whether APNs would take a message, and which key, header or length is to blame when it would not. Pure.
import type { CheckFailure } from '../../model/check-failure.ts'
import type { MessageContent } from '../../model/message.ts'
import {
  APNS_MAX_PAYLOAD_BYTES,
  APNS_MAX_VOIP_PAYLOAD_BYTES,
  APNS_PRIORITIES,
  APNS_PUSH_TYPES,
} from '../../protocols/apns.ts'
import { nameLargest, type Part, shorten } from '../largest-parts.ts'
import { type EncodedContent, encodeContent, isPushType } from './encode.ts'

const WHERE = 'overrides.apns'

/** The topic is a header, whose length counts for nothing. */
export function checkApnsContent(content: MessageContent): CheckFailure | undefined {
  const problem = contentProblem(content)
  if (problem !== undefined) return { code: 'PUSH_MESSAGE_INVALID', detail: problem }
  const encoded = encodeContent(content, '')
  const mistake = headerProblem(encoded) ?? payloadProblem(encoded)
  return mistake === undefined ? checkSize(encoded) : { code: 'PUSH_MESSAGE_INVALID', detail: mistake }
}

/** Bytes that the payload of a push of this type may have. */
export function maxPayloadBytes(pushType: string): number {
  return pushType === 'voip' ? APNS_MAX_VOIP_PAYLOAD_BYTES : APNS_MAX_PAYLOAD_BYTES
}

function contentProblem({ data, notification, validateOnly }: MessageContent): string | undefined {
  if (Object.hasOwn(data, 'aps')) return 'data.aps is a key that APNs keeps for itself.'
  if (validateOnly) return 'validateOnly is not for APNs, which has no such thing.'
  if (notification && !notification.title && !notification.body) return 'notification needs a title or a body.'
  return undefined
}

function headerProblem({ headers, pushType }: EncodedContent): string | undefined {
  if (!isPushType(pushType)) {
    return `${WHERE}.headers.apns-push-type must be one of ${APNS_PUSH_TYPES.join(', ')}.`
  }
  const { 'apns-priority': priority, 'apns-expiration': expiration, 'apns-topic': topic = '' } = headers
  if (priority !== undefined && !APNS_PRIORITIES.some((known) => String(known) === priority)) {
    return `${WHERE}.headers.apns-priority must be one of ${APNS_PRIORITIES.join(', ')}.`
  }
  if (pushType === 'background' && priority === '10') {
    return `${WHERE}.headers.apns-priority must not be 10 for a background push.`
  }
  if (expiration !== undefined && !/^\d{1,10}$/.test(expiration)) {
    return `${WHERE}.headers.apns-expiration must be UNIX seconds.`
  }
  return /^[!-~]*$/.test(topic) ? undefined : `${WHERE}.headers.apns-topic must be visible ASCII characters.`
}

function payloadProblem({ payload, pushType }: EncodedContent): string | undefined {
  const { aps } = JSON.parse(payload) as { aps?: unknown }
  if (pushType !== 'alert' && pushType !== 'background') return undefined
  if (typeof aps !== 'object' || aps === null || Array.isArray(aps)) {
    return `${WHERE}.payload must leave an object at aps for a push of the type ${pushType}.`
  }
  if (pushType === 'background' && ['alert', 'badge', 'sound'].some((name) => Object.hasOwn(aps, name))) {
    return `${WHERE}: a background push has no alert, badge or sound in aps.`
  }
  return undefined
}

function checkSize({ payload, pushType }: EncodedContent): CheckFailure | undefined {
  const total = Buffer.byteLength(payload)
  const max = maxPayloadBytes(pushType)
  if (total <= max) return undefined
  return {
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail: `The payload is ${total} bytes of JSON; APNs takes ${max}: ${nameLargest(partsOf(JSON.parse(payload)))}.`,
  }
}

/** The keys of the payload, those of `aps` one by one, with the bytes that each takes with its name. */
function partsOf(payload: object): Part[] {
  return Object.entries(payload).flatMap(([key, value]) => {
    const inner = key === 'aps' ? Object.entries(value as object) : [[key, value] as const]
    const prefix = key === 'aps' ? 'aps.' : ''
    return inner.map(([name, part]) => ({
      name: `${prefix}${shorten(name)}`,
      bytes: Buffer.byteLength(JSON.stringify({ [name]: part })) - 2,
    }))
  })
}
