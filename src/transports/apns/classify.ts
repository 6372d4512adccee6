// APNs's reply as an Outcome: the reason decides, else HTTP's status. Pure; the table is complete by type.
// Source: developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns.
import type { Outcome } from '../../model/outcome.ts'
import type { HttpAnswer } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import { APNS_REASONS, APNS_TOKEN_MIN_RENEWAL_MS, type ApnsReason } from '../../protocols/apns.ts'
import { printable, rawAnswer } from '../raw-answer.ts'

/** What may be done before the same notification is sent once more. */
export type Remedy = 'renew the token' | 'take the last token back' | 'change the session'

export interface Verdict {
  /** What holds when nothing can be mended, or it did not help. */
  readonly outcome: Outcome
  /** Nothing is said about the notification. */
  readonly remedy?: Remedy
}

export interface ClassifyContext {
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number
  /** Milliseconds to wait after a 500 or 503. */
  readonly outageMs: number
  /** The apns-id that the request had. */
  readonly apnsId: string
  /** When the device last registered with this address, milliseconds since the epoch. */
  readonly addressSince: number | undefined
  /** The message says push type or topic itself: what is wrong with them is its own fault. */
  readonly isTopicOfMessage: boolean
  /** The address names an environment that is not the app's: its trouble is not the trouble of all. */
  readonly isOtherEnvironment: boolean
  /** Texts that a kept raw answer must not show: the address, the token, what the message says. */
  readonly hidden: () => readonly string[]
}

type Rule =
  | 'rejected'
  | 'unregistered'
  /** Dead since the answer's timestamp: a registration after that is another matter. */
  | 'unregistered since'
  /** Bundle id and address do not belong together. */
  | 'wrong address for topic'
  | 'wrong topic'
  | 'device waits'
  /** This send waits as long as after an outage. */
  | 'device waits out'
  /** All of the app's sends wait. */
  | 'sender waits out'
  /** Key, certificate or environment are not as they must be. A person mends that; devices are spared. */
  | 'misconfigured'
  | 'token expired'
  | 'token too young'
  | 'wrong session'
  | 'session idle'
  | 'session ending'

const BY_REASON: Readonly<Record<ApnsReason, Rule>> = {
  // Also what a token of the other environment gets: whoever watches for too many dead addresses finds that out.
  BadDeviceToken: 'unregistered',
  Unregistered: 'unregistered since',
  ExpiredToken: 'unregistered since',
  DeviceTokenNotForTopic: 'wrong address for topic',
  BadTopic: 'wrong topic',
  MissingTopic: 'wrong topic',
  TopicDisallowed: 'wrong topic',
  BadCollapseId: 'rejected',
  BadExpirationDate: 'rejected',
  BadMessageId: 'rejected',
  BadPath: 'rejected',
  BadPriority: 'rejected',
  DuplicateHeaders: 'rejected',
  InvalidPushType: 'rejected',
  MethodNotAllowed: 'rejected',
  MissingDeviceToken: 'rejected',
  PayloadEmpty: 'rejected',
  PayloadTooLarge: 'rejected',
  BadCertificate: 'misconfigured',
  BadCertificateEnvironment: 'misconfigured',
  BadEnvironmentKeyIdInToken: 'misconfigured',
  BadEnvironmentKeyInToken: 'misconfigured',
  Forbidden: 'misconfigured',
  InvalidProviderToken: 'misconfigured',
  MissingProviderToken: 'misconfigured',
  ExpiredProviderToken: 'token expired',
  TooManyProviderTokenUpdates: 'token too young',
  UnrelatedKeyIdInToken: 'wrong session',
  IdleTimeout: 'session idle',
  Shutdown: 'session ending',
  TooManyRequests: 'device waits',
  InternalServerError: 'device waits out',
  ServiceUnavailable: 'sender waits out',
}

/** What stands between may answer for APNs, so HTTP alone condemns neither notification nor address. */
const BY_HTTP: ReadonlyMap<number, Rule> = new Map([
  [403, 'misconfigured'],
  [413, 'rejected'],
  [429, 'device waits'],
  [503, 'sender waits out'],
])

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const MAX_REASON_CHARACTERS = 60

type Answer = Pick<HttpAnswer, 'status' | 'headers' | 'body'>

export function classify(answer: Answer, context: ClassifyContext): Verdict {
  const { status, body } = answer
  if (status === 200) return { outcome: judgeSuccess(answer, context) }
  const { reason: said, timestamp } = readErrorBody(body)
  const known = APNS_REASONS.find((reason) => reason === said)
  const rule = (known && BY_REASON[known]) ?? BY_HTTP.get(status) ?? (status >= 500 ? 'device waits out' : undefined)
  const reason = said === undefined ? `HTTP ${status}` : printable(said, MAX_REASON_CHARACTERS)
  if (rule === undefined) return { outcome: unknown(reason, body, context) }
  return judge(rule, { reason, timestamp, wait: parseRetryAfter(answer.headers['retry-after'], context.now) }, context)
}

interface Said {
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number | undefined
  readonly wait: number | undefined
}

function judge(rule: Rule, { reason, timestamp, wait }: Said, context: ClassifyContext): Verdict {
  const { outageMs, addressSince = 0, isTopicOfMessage, isOtherEnvironment } = context
  const rejected: Outcome = { kind: 'rejected', reason }
  const waits = (scope: 'device' | 'sender', retryAfterMs: number | undefined): Outcome => ({
    kind: 'deferred',
    reason,
    scope: isOtherEnvironment ? 'device' : scope,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
  // An address of another environment is no reason to stop all others.
  const misconfigured: Outcome = isOtherEnvironment ? rejected : { kind: 'unauthorized', reason, probe: true }
  switch (rule) {
    case 'rejected':
      return { outcome: rejected }
    case 'unregistered':
      return { outcome: { kind: 'unregistered', reason } }
    case 'unregistered since':
      return { outcome: isVoid(timestamp, addressSince) ? waits('device', wait) : { kind: 'unregistered', reason } }
    case 'wrong address for topic':
      return { outcome: isTopicOfMessage ? rejected : { kind: 'unregistered', reason } }
    case 'wrong topic':
      return { outcome: isTopicOfMessage ? rejected : misconfigured }
    case 'device waits':
      return { outcome: waits('device', wait) }
    case 'device waits out':
      return { outcome: waits('device', wait ?? outageMs) }
    case 'sender waits out':
      return { outcome: waits('sender', wait ?? outageMs) }
    case 'misconfigured':
      return { outcome: misconfigured }
    case 'token expired':
      return { outcome: misconfigured, remedy: 'renew the token' }
    case 'token too young':
      return { outcome: waits('sender', wait ?? APNS_TOKEN_MIN_RENEWAL_MS), remedy: 'take the last token back' }
    case 'wrong session':
      return { outcome: misconfigured, remedy: 'change the session' }
    case 'session idle':
      return { outcome: waits('device', wait), remedy: 'change the session' }
    case 'session ending':
      return { outcome: waits('sender', wait ?? outageMs), remedy: 'change the session' }
  }
}

function isVoid(timestamp: number | undefined, addressSince: number): boolean {
  return timestamp !== undefined && addressSince > timestamp
}

function judgeSuccess({ headers, body }: Answer, context: ClassifyContext): Outcome {
  const id = headers['apns-id']
  if (typeof id === 'string' && UUID.test(id)) return { kind: 'accepted', providerId: id }
  // APNs says nothing else in a success; whatever does is not APNs.
  return body === '' ? { kind: 'accepted', providerId: context.apnsId } : unknown('unreadable answer', body, context)
}

/** Read without trust: it may be HTML, torn or empty. */
function readErrorBody(body: string): { reason?: string; timestamp?: number | undefined } {
  const { reason, timestamp } = parse(body)
  if (typeof reason !== 'string' || !/^[A-Za-z0-9]+$/.test(reason)) return {}
  return { reason, timestamp: typeof timestamp === 'number' ? timestamp : undefined }
}

function parse(body: string): { reason?: unknown; timestamp?: unknown } {
  try {
    return Object(JSON.parse(body))
  } catch {
    // Whoever asked judges by the status.
    return {}
  }
}

function unknown(reason: string, body: string, { hidden }: ClassifyContext): Outcome {
  return { kind: 'unknown', reason, raw: rawAnswer(body, hidden()) }
}
