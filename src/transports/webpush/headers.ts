// The headers of a request to a push service: how long, how urgent, in whose place. Pure.
// Sources: RFC 8030 §5; what Apple and Microsoft ask for on their own.
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, type MessageContent } from '../../model/message.ts'
import { WEB_PUSH_ENCODING, WEB_PUSH_TOPIC } from '../../protocols/web-push.ts'
import { collapseKeyWithin } from '../collapse-key.ts'
import type { ServiceName } from './endpoint-policy.ts'

export interface HeadersInput {
  readonly content: MessageContent
  readonly ttlSeconds: number | undefined
  readonly service: ServiceName
  readonly authorization: string
  /** Of the body. */
  readonly bytes: number
}

const TOPIC_CHARACTERS = 32

export function requestHeaders(input: HeadersInput): Readonly<Record<string, string>> {
  const { content, service, authorization, bytes } = input
  const ttl = timeToLive(input)
  const urgency = content.overrides?.webpush?.urgency ?? content.urgency
  return {
    ttl: String(ttl),
    ...(urgency !== undefined && { urgency }),
    ...(content.collapseKey !== undefined && { topic: topicOf(content.collapseKey, service) }),
    // Otherwise Windows refuses a TTL that does not go with its default.
    ...(service === 'windows' && { 'x-wns-cache-policy': ttl > 0 ? 'cache' : 'no-cache' }),
    'content-encoding': WEB_PUSH_ENCODING,
    'content-type': 'application/octet-stream',
    'content-length': String(bytes),
    authorization,
  }
}

/** The header is required; Apple takes no 0. */
function timeToLive({ ttlSeconds = DEFAULT_TTL_SECONDS, service }: HeadersInput): number {
  return Math.min(Math.max(ttlSeconds, service === 'apple' ? 1 : 0), MAX_TTL_SECONDS)
}

/**
 * A key that is no topic is replaced by its hash, which serves as well: a topic is only ever compared. Apple decodes it
 * as base64url and refuses lengths that none has; 32 characters always are one.
 */
export function topicOf(collapseKey: string, service: ServiceName): string {
  const isTopic = WEB_PUSH_TOPIC.test(collapseKey) && (service !== 'apple' || collapseKey.length === TOPIC_CHARACTERS)
  return collapseKeyWithin(collapseKey, isTopic).slice(0, TOPIC_CHARACTERS)
}
