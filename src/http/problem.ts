// What a failed request is answered with: RFC 9457 problem documents. The one place that knows which error has which
// status. A fault of ours is logged with its cause, and the answer says no more than that there was one.
import { ERROR_TABLE, type ErrorCode } from '../model/error-table.ts'
import { PushError } from '../model/push-error.ts'
import type { Logger } from '../util/logger.ts'
import { type Answer, GUARD_HEADERS } from './answer.ts'

export const STATUS_BY_CODE = {
  PUSH_CONFIG_INVALID: 500,
  PUSH_CONFIG_FILE: 500,
  PUSH_CONFIG_SECRET_MISSING: 500,
  PUSH_CONFIG_SECRET_WRONG: 500,
  PUSH_CONFIG_API_KEY_MISSING: 500,
  PUSH_C2DM_NOT_CONFIGURED: 500,
  PUSH_C2DM_LOGIN_REFUSED: 500,
  PUSH_HTTP_LISTEN: 500,
  PUSH_DATABASE_FOLDER: 500,
  PUSH_DATABASE_PLATFORM: 500,
  PUSH_DATABASE_START: 500,
  PUSH_DATABASE_URL: 500,
  PUSH_DATABASE_DOWN: 503,
  PUSH_DATABASE_FULL: 503,
  PUSH_DATABASE_NEWER: 500,
  PUSH_DATABASE_OLD_SERVER: 500,
  PUSH_TRANSACTION_NESTED: 500,
  PUSH_TRANSACTION_FOREIGN: 500,
  PUSH_REQUEST_INVALID: 400,
  PUSH_REQUEST_MEDIA_TYPE: 415,
  PUSH_REQUEST_TOO_LARGE: 413,
  PUSH_REQUEST_HEADERS_TOO_LARGE: 431,
  PUSH_REQUEST_TIMEOUT: 408,
  PUSH_REQUEST_METHOD: 405,
  PUSH_REQUEST_METHOD_NOT_IMPLEMENTED: 501,
  PUSH_REQUEST_NOT_FOUND: 404,
  PUSH_REQUEST_UNAUTHENTICATED: 401,
  PUSH_REQUEST_RATE_LIMITED: 429,
  PUSH_REQUEST_TOO_MANY_STREAMS: 429,
  PUSH_INTERNAL: 500,
  PUSH_APP_UNKNOWN: 404,
  PUSH_DEVICE_UNKNOWN: 404,
  PUSH_DEVICE_PENDING: 409,
  PUSH_DEVICE_FAILED: 409,
  PUSH_DEVICE_KEY_REQUIRED: 403,
  PUSH_DEVICE_KEY_REFUSED: 403,
  PUSH_DEVICE_HOLDS_KEY: 400,
  PUSH_USER_TOKEN_REFUSED: 403,
  PUSH_REGISTRATION_NOT_HELD: 409,
  PUSH_REGISTRATION_INVALID: 400,
  PUSH_CONFIRMATION_REFUSED: 400,
  PUSH_USER_UNKNOWN: 404,
  PUSH_GROUP_UNKNOWN: 404,
  PUSH_GROUP_NESTING: 409,
  PUSH_CHANNEL_UNKNOWN: 404,
  PUSH_CHANNEL_EMPTY: 409,
  PUSH_NAME_TAKEN: 409,
  PUSH_MESSAGE_INVALID: 400,
  PUSH_AUDIENCE_INVALID: 400,
  PUSH_IDEMPOTENCY_CONFLICT: 409,
  PUSH_MESSAGE_TOO_BIG: 413,
  PUSH_RECEIPTS_UNAVAILABLE: 409,
  PUSH_RECEIPT_REFUSED: 400,
  PUSH_MESSAGE_UNKNOWN: 404,
  PUSH_MESSAGE_UNSETTLED: 409,
  PUSH_WEBHOOK_UNKNOWN: 404,
  PUSH_WEBHOOK_NOT_CONFIGURED: 409,
  PUSH_TRANSPORT_UNAVAILABLE: 409,
  PUSH_TRANSPORT_UNREACHABLE: 503,
  PUSH_TRANSPORT_UNANSWERED: 504,
  PUSH_CLOSED: 503,
  PUSH_C2DM_LOGIN_UNAVAILABLE: 500,
  PUSH_COMMAND_INVALID: 500,
  PUSH_EMULATOR_UNUSABLE: 500,
  PUSH_DEMO_FAILED: 500,
  PUSH_MESSAGE_NOT_ACCEPTED: 500,
} as const satisfies Record<ErrorCode, number>

/** Names the kind of problem (RFC 9457 §3.1.1); it identifies and is not meant to be fetched. */
const TYPE_PREFIX = 'urn:sendword:error:'

export interface ProblemOptions {
  readonly logger: Logger
  /** Added to the problem's own, such as Allow. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What a fault of ours is answered with, where 503 is not part of the contract. */
  readonly faultStatus?: number | undefined
}

/** Any error as a problem document. */
export function toProblem(error: unknown, { logger, headers = {}, faultStatus }: ProblemOptions): Answer {
  const known = error instanceof PushError ? error : undefined
  const own = known === undefined ? 500 : STATUS_BY_CODE[known.code]
  const isFault = own >= 500 && own !== 501
  if (known === undefined || own === 500) {
    logger.error('A request failed for a reason of ours.', { error })
    return document('PUSH_INTERNAL', { status: 500, headers })
  }
  // What it says of the database's whereabouts is for the log.
  if (isFault) logger.warn('A request could not be served.', { error })
  return document(known.code, {
    status: isFault ? (faultStatus ?? own) : own,
    detail: isFault ? undefined : known.detail,
    headers: { ...headers, ...headersOf(known) },
  })
}

function headersOf({ code, retryAfterMs }: PushError): Record<string, string> {
  const headers: Record<string, string> = {}
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (code === 'PUSH_REQUEST_UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="sendword"'
  return headers
}

interface DocumentInput {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly detail?: string | undefined
}

function document(code: ErrorCode, { status, headers, detail }: DocumentInput): Answer {
  const { title, cure } = ERROR_TABLE[code]
  const body = { type: `${TYPE_PREFIX}${code}`, title, status, detail: detail?.toWellFormed() ?? title, code, cure }
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...GUARD_HEADERS, ...headers },
    body: JSON.stringify(body),
  }
}
