// Reads the headers that say how a notification is to be treated, by what Apple documents of each.
import type { IncomingHttpHeaders } from 'node:http'
import {
  APNS_DEFAULT_TTL_SECONDS,
  APNS_MAX_COLLAPSE_ID_BYTES,
  APNS_PRIORITIES,
  APNS_PUSH_TYPES,
  APNS_TOPIC_SUFFIXES,
  type ApnsPushType,
} from '../../protocols/apns.ts'
import type { Rejection } from './apns-answers.ts'
import type { ClientCertificate } from './provider-connection.ts'

export interface NotificationHeaders {
  readonly pushType: ApnsPushType | undefined
  readonly topic: string
  readonly priority: number
  /** How long it may wait for its device; 0 and less: not at all. */
  readonly ttlMs: number
  /** Empty when there is none. */
  readonly collapseId: string
}

export interface HeaderRules {
  readonly bundleId: string
  readonly certificate: ClientCertificate | undefined
  readonly now: number
}

/** Their values have no comma, which is how a repeated header shows (RFC 9110 §5.3). */
const SINGLE = ['apns-id', 'apns-push-type', 'apns-topic', 'apns-priority', 'apns-expiration'] as const
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TOPIC = /^[\w.-]+$/

/** In lower case; undefined when there is none, or none that is a UUID. */
export function readApnsId(headers: IncomingHttpHeaders): string | undefined {
  const id = single(headers, 'apns-id')?.toLowerCase()
  return id !== undefined && UUID.test(id) ? id : undefined
}

export function readNotificationHeaders(
  headers: IncomingHttpHeaders,
  rules: HeaderRules,
): NotificationHeaders | Rejection {
  const repeated = SINGLE.find((name) => single(headers, name)?.includes(','))
  if (repeated) return { reason: 'DuplicateHeaders', objection: `${repeated} is there more than once.` }
  if (headers['apns-id'] !== undefined && readApnsId(headers) === undefined) {
    return { reason: 'BadMessageId', objection: 'apns-id is not a UUID.' }
  }
  const pushType = readPushType(single(headers, 'apns-push-type'))
  if (isRejection(pushType)) return pushType
  const topic = readTopic(single(headers, 'apns-topic'), pushType, rules)
  if (isRejection(topic)) return topic
  const priority = readPriority(single(headers, 'apns-priority'), pushType)
  if (isRejection(priority)) return priority
  const ttlMs = readTtl(single(headers, 'apns-expiration'), rules.now)
  if (isRejection(ttlMs)) return ttlMs
  const collapseId = readCollapseId(single(headers, 'apns-collapse-id'))
  if (isRejection(collapseId)) return collapseId
  return { pushType, topic, priority, ttlMs, collapseId }
}

export function isRejection(read: object | string | number | undefined): read is Rejection {
  return typeof read === 'object' && 'reason' in read
}

function readPushType(text: string | undefined): ApnsPushType | undefined | Rejection {
  const type = APNS_PUSH_TYPES.find((known) => known === text)
  if (type || text === undefined) return type
  return { reason: 'InvalidPushType', objection: `apns-push-type is none of ${APNS_PUSH_TYPES.join(', ')}.` }
}

function readTopic(
  text: string | undefined,
  pushType: ApnsPushType | undefined,
  { bundleId, certificate }: HeaderRules,
): string | Rejection {
  const owner = certificate?.topic ?? bundleId
  const suffix = APNS_TOPIC_SUFFIXES[pushType ?? 'alert']
  if (certificate && pushType === 'location') {
    return { reason: 'InvalidPushType', objection: 'The push type location needs a provider token, not a certificate.' }
  }
  if (text === undefined) {
    if (certificate) return `${owner}${suffix}`
    return { reason: 'MissingTopic', objection: 'There is no apns-topic, and no certificate to take it from.' }
  }
  if (!TOPIC.test(text)) return { reason: 'BadTopic', objection: 'apns-topic cannot be the id of an app.' }
  if (!Object.values(APNS_TOPIC_SUFFIXES).some((known) => text === `${owner}${known}`)) {
    return { reason: 'TopicDisallowed', objection: `apns-topic is not of the app ${owner}.` }
  }
  if (pushType && text !== `${owner}${suffix}`) {
    return { reason: 'BadTopic', objection: `With the push type ${pushType}, apns-topic must be ${owner}${suffix}.` }
  }
  return text
}

function readPriority(text: string | undefined, pushType: ApnsPushType | undefined): number | Rejection {
  const priority = APNS_PRIORITIES.find((known) => String(known) === (text ?? '10'))
  if (priority === undefined) {
    return { reason: 'BadPriority', objection: `apns-priority is none of ${APNS_PRIORITIES.join(', ')}.` }
  }
  if (pushType !== 'background') return priority
  // Without the header a background notification is let pass, as Apple does.
  if (text === undefined) return 5
  if (priority !== 10) return priority
  return { reason: 'BadPriority', objection: 'A background notification must not have the priority 10.' }
}

function readTtl(text: string | undefined, now: number): number | Rejection {
  if (text === undefined) return APNS_DEFAULT_TTL_SECONDS * 1000
  if (!/^\d{1,15}$/.test(text)) {
    return { reason: 'BadExpirationDate', objection: 'apns-expiration is not a UNIX time in seconds, nor 0.' }
  }
  const expiration = Number(text)
  return expiration === 0 ? 0 : Math.min(expiration * 1000 - now, APNS_DEFAULT_TTL_SECONDS * 1000)
}

function readCollapseId(text: string | undefined): string | Rejection {
  if (text === undefined) return ''
  // Node reads a header's bytes as Latin-1: one character each.
  if (text.length >= 1 && text.length <= APNS_MAX_COLLAPSE_ID_BYTES) return text
  return {
    reason: 'BadCollapseId',
    objection: `apns-collapse-id has ${text.length} bytes; it must have 1 to ${APNS_MAX_COLLAPSE_ID_BYTES}.`,
  }
}

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
