// FCM's reply as an Outcome: the FcmError decides, else the status of google.rpc, else HTTP's. Pure; the tables are
// complete by type.
// Sources: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode; firebase.google.com/docs/cloud-messaging/scale-fcm
// for waits; firebase.google.com/docs/cloud-messaging/manage-tokens for dead addresses.
import type { Outcome } from '../../model/outcome.ts'
import type { HttpAnswer } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import type { FcmErrorCode, RpcStatus } from '../../protocols/fcm.ts'
import { printable, rawAnswer } from '../raw-answer.ts'
import { type FcmErrorBody, readErrorBody, readMessageName } from './error-body.ts'

/** `reauthenticate`: the access token was refused, and nothing is said about the message. */
export type Verdict = Outcome | 'reauthenticate'

export interface ClassifyContext {
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number
  /** The same message was taken for another address: what is refused now is the address. */
  readonly isPayloadGood: boolean
  /** Texts that a kept raw answer must not show: the address, the token, what the message says. */
  readonly hidden: () => readonly string[]
}

type Rule =
  | 'rejected'
  | 'unregistered'
  /** This send waits. */
  | 'device waits'
  /** All of the project's sends wait. */
  | 'sender waits'
  /** Device or project: the QuotaFailure says which. */
  | 'quota'
  /** The message or the address: the details say which. */
  | 'invalid'
  | 'reauthenticate'
  /** Project, role or API are not as they must be. A person mends that; devices are spared. */
  | 'misconfigured'
  /** Says nothing: the next table decides. */
  | 'next'
  | 'unknown'

const BY_ERROR_CODE: Readonly<Record<FcmErrorCode, Rule>> = {
  INVALID_ARGUMENT: 'invalid',
  UNREGISTERED: 'unregistered',
  // The address belongs to another sender: for us it is as dead as one that was uninstalled.
  SENDER_ID_MISMATCH: 'unregistered',
  QUOTA_EXCEEDED: 'quota',
  UNAVAILABLE: 'sender waits',
  INTERNAL: 'device waits',
  // The project's APNs or Web Push key is bad. That is one platform's trouble, and no reason to stop the others.
  THIRD_PARTY_AUTH_ERROR: 'rejected',
  APNS_AUTH_ERROR: 'rejected',
  UNSPECIFIED_ERROR: 'next',
}

const BY_STATUS: Readonly<Record<RpcStatus, Rule>> = {
  INVALID_ARGUMENT: 'invalid',
  UNAUTHENTICATED: 'reauthenticate',
  PERMISSION_DENIED: 'misconfigured',
  // Without an FcmError it is the project that was not found, never the device.
  NOT_FOUND: 'misconfigured',
  RESOURCE_EXHAUSTED: 'quota',
  UNAVAILABLE: 'sender waits',
  INTERNAL: 'device waits',
  UNKNOWN: 'device waits',
  CANCELLED: 'device waits',
  DEADLINE_EXCEEDED: 'device waits',
  ABORTED: 'device waits',
  DATA_LOSS: 'device waits',
  ALREADY_EXISTS: 'unknown',
  FAILED_PRECONDITION: 'unknown',
  OUT_OF_RANGE: 'unknown',
  UNIMPLEMENTED: 'unknown',
}

/** What stands between may answer for FCM, so HTTP alone condemns neither message nor address. */
const BY_HTTP: ReadonlyMap<number, Rule> = new Map([
  [401, 'reauthenticate'],
  [403, 'misconfigured'],
  [404, 'misconfigured'],
  [413, 'rejected'],
  [429, 'quota'],
  [503, 'sender waits'],
])

const MAX_PROVIDER_ID_CHARACTERS = 255
/** firebase.google.com/docs/cloud-messaging/scale-fcm: without Retry-After, wait a minute. */
const QUOTA_WAIT_MS = 60_000
const TOO_BIG = /too (big|large)/i
const BAD_TOKEN = /not a valid FCM registration token/i
const ADDRESS_FIELD = /^message\.(token|fid)$/
const OF_PROJECT = /\bprojects?[:/]/i
const OF_ONE_DEVICE = /device|token|registration|installation|\bfid\b/i

export function classify(answer: Pick<HttpAnswer, 'status' | 'headers' | 'body'>, context: ClassifyContext): Verdict {
  const { status, body } = answer
  if (status >= 200 && status <= 299) {
    const name = readMessageName(body)
    if (name === undefined) return unknown('unreadable answer', body, context)
    return { kind: 'accepted', providerId: printable(name, MAX_PROVIDER_ID_CHARACTERS) }
  }
  const error = readErrorBody(body)
  const rule = ruleFor(status, error)
  const reason = error?.errorCode ?? error?.status ?? `HTTP ${status}`
  const wait = parseRetryAfter(answer.headers['retry-after'], context.now)
  switch (rule) {
    case 'rejected':
    case 'unregistered':
      return { kind: rule, reason }
    case 'device waits':
      return deferred(reason, 'device', wait)
    case 'sender waits':
      return deferred(reason, 'sender', wait)
    case 'quota':
      return deferred(reason, isOfOneDevice(error) ? 'device' : 'sender', wait ?? QUOTA_WAIT_MS)
    case 'invalid':
      return judgeInvalid(reason, error, context)
    case 'reauthenticate':
      return 'reauthenticate'
    case 'misconfigured':
      return { kind: 'unauthorized', reason, probe: true }
    default:
      return unknown(reason, body, context)
  }
}

function ruleFor(status: number, error: FcmErrorBody | undefined): Rule {
  const byCode = error?.errorCode && BY_ERROR_CODE[error.errorCode]
  if (byCode !== undefined && byCode !== 'next') return byCode
  if (error?.status !== undefined) return BY_STATUS[error.status]
  return BY_HTTP.get(status) ?? (status >= 500 ? 'device waits' : 'unknown')
}

/**
 * FCM answers INVALID_ARGUMENT for a message that is wrong as for an address that is malformed, and its words may blame
 * the address for the message's fault. The address is given up only where the same message has been taken for another.
 */
function judgeInvalid(reason: string, error: FcmErrorBody | undefined, { isPayloadGood }: ClassifyContext): Outcome {
  const { message = '', violations = [] } = error ?? {}
  if (TOO_BIG.test(message) || violations.some(({ description }) => TOO_BIG.test(description))) {
    return { kind: 'rejected', reason: `${reason}: message too big` }
  }
  const fields = violations.map(({ field }) => field).filter((field) => field !== '')
  const blamesAddress = fields.length > 0 ? fields.every((field) => ADDRESS_FIELD.test(field)) : BAD_TOKEN.test(message)
  if (blamesAddress) {
    return isPayloadGood
      ? { kind: 'unregistered', reason: `${reason}: not a valid address` }
      : { kind: 'rejected', reason: `${reason}: not a valid address, or message` }
  }
  const named = fields.map(withoutKeys).slice(0, 3).join(', ')
  return { kind: 'rejected', reason: named === '' ? reason : `${reason}: ${named}` }
}

/** The path of a field without the keys of maps in it, which are the message's own words. */
function withoutKeys(field: string): string {
  const [, path = 'a field'] = /^((?:message\.)?(?:data|[a-z_.]+))/.exec(field) ?? []
  return /^message\.data/.test(path) ? 'message.data' : printable(path, 60)
}

function isOfOneDevice(error: FcmErrorBody | undefined): boolean {
  const subjects = error?.quotaSubjects ?? []
  return subjects.some((text) => OF_ONE_DEVICE.test(text)) && !subjects.some((text) => OF_PROJECT.test(text))
}

function deferred(reason: string, scope: 'device' | 'sender', retryAfterMs: number | undefined): Outcome {
  return { kind: 'deferred', reason, scope, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function unknown(reason: string, body: string, { hidden }: ClassifyContext): Outcome {
  return { kind: 'unknown', reason, raw: rawAnswer(body, hidden()) }
}
