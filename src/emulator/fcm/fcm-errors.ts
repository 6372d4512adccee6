// FCM's errors in the form in which it gives them (google.rpc.Status as JSON, with FcmError and its kin as details).
import {
  APNS_ERROR_TYPE,
  BAD_REQUEST_TYPE,
  FCM_ERROR_TYPE,
  type FcmErrorCode,
  QUOTA_FAILURE_TYPE,
  type RpcStatus,
} from '../../protocols/fcm.ts'
import { jsonReply, type Reply } from '../server/answer.ts'

/** What can be asked of a fault: FCM's own error codes, and the errors that come without one. */
export const FCM_FAULT_CODES = [
  'INVALID_ARGUMENT',
  'UNREGISTERED',
  'SENDER_ID_MISMATCH',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
  'UNSPECIFIED_ERROR',
  'THIRD_PARTY_AUTH_ERROR',
  'APNS_AUTH_ERROR',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'RESOURCE_EXHAUSTED',
] as const satisfies readonly (FcmErrorCode | RpcStatus)[]
export type FcmFaultCode = (typeof FCM_FAULT_CODES)[number]

/** Whose rate was exceeded. */
export const QUOTAS = ['device', 'project', 'topic'] as const
export type Quota = (typeof QUOTAS)[number]

export interface FieldViolation {
  readonly field: string
  readonly description: string
}

interface ErrorContent {
  readonly message: string
  readonly status: RpcStatus
  readonly details?: readonly object[]
  readonly headers?: Readonly<Record<string, string>>
}

const QUOTA_DESCRIPTIONS: Readonly<Record<Quota, string>> = {
  device: 'Device message rate exceeded.',
  project: 'Message rate exceeded.',
  topic: 'Topic message rate exceeded.',
}

export function fcmError(code: number, content: ErrorContent): Reply {
  const { message, status, details, headers } = content
  return jsonReply(code, { error: { code, message, status, ...(details && { details }) } }, headers)
}

/** The answer to a message whose fields are wrong. */
export function fieldError(violations: readonly FieldViolation[]): Reply {
  return fcmError(400, {
    message: violations[0]?.description ?? 'Request contains an invalid argument.',
    status: 'INVALID_ARGUMENT',
    details: [
      { '@type': FCM_ERROR_TYPE, errorCode: 'INVALID_ARGUMENT' satisfies FcmErrorCode },
      { '@type': BAD_REQUEST_TYPE, fieldViolations: violations },
    ],
  })
}

/** The answer to a body that is no request of this method: refused before FCM sees it, so without an FcmError. */
export function jsonError(violations: readonly FieldViolation[]): Reply {
  return fcmError(400, {
    message: violations.map(({ description }) => description).join('\n'),
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': BAD_REQUEST_TYPE, fieldViolations: violations }],
  })
}

/** The answer to a token that cannot be one: an FcmError, and no word about a field. */
export function badToken(): Reply {
  return invalidArgument('The registration token is not a valid FCM registration token')
}

export function tooLarge(): Reply {
  return invalidArgument('Message is too large. The maximum is 4K (4096 bytes).')
}

export function unauthenticated(): Reply {
  return fcmError(401, {
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    status: 'UNAUTHENTICATED',
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  })
}

export function scopeInsufficient(): Reply {
  return fcmError(403, {
    message: 'Request had insufficient authentication scopes.',
    status: 'PERMISSION_DENIED',
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' },
  })
}

interface ErrorDetails {
  /** Default 30 for UNAVAILABLE and INTERNAL, else none. */
  readonly retryAfter?: string | undefined
  /** Default `project`. */
  readonly quota?: Quota | undefined
}

/** A documented error by its code. */
export function fcmErrorOf(code: FcmFaultCode, { retryAfter, quota = 'project' }: ErrorDetails = {}): Reply {
  const waiting = retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }
  switch (code) {
    case 'INVALID_ARGUMENT':
      return fieldError([{ field: 'message', description: 'Request contains an invalid argument.' }])
    case 'UNREGISTERED':
      return withCode(404, 'NOT_FOUND', 'Requested entity was not found.', code)
    case 'SENDER_ID_MISMATCH':
      return withCode(403, 'PERMISSION_DENIED', 'SenderId mismatch', code)
    case 'UNAVAILABLE':
      return serverFault(503, 'The service is currently unavailable.', code, retryAfter)
    case 'INTERNAL':
      return serverFault(500, 'Internal error encountered.', code, retryAfter)
    case 'UNSPECIFIED_ERROR':
      return withCode(500, 'UNKNOWN', 'Unknown error.', code)
    case 'QUOTA_EXCEEDED':
      return quotaExceeded(quota, waiting)
    case 'RESOURCE_EXHAUSTED':
      return fcmError(429, {
        message: 'Resource has been exhausted (e.g. check quota).',
        status: 'RESOURCE_EXHAUSTED',
        ...waiting,
      })
    case 'THIRD_PARTY_AUTH_ERROR':
    case 'APNS_AUTH_ERROR':
      return thirdPartyAuthError(code)
    case 'UNAUTHENTICATED':
      return unauthenticated()
    case 'PERMISSION_DENIED':
      return fcmError(403, {
        message: "Permission 'cloudmessaging.messages.create' denied on the project (or it may not exist).",
        status: 'PERMISSION_DENIED',
      })
    case 'NOT_FOUND':
      return fcmError(404, { message: 'Requested entity was not found.', status: 'NOT_FOUND' })
  }
}

function quotaExceeded(quota: Quota, waiting: object): Reply {
  return fcmError(429, {
    message: 'Quota exceeded.',
    status: 'RESOURCE_EXHAUSTED',
    details: [
      { '@type': FCM_ERROR_TYPE, errorCode: 'QUOTA_EXCEEDED' satisfies FcmErrorCode },
      { '@type': QUOTA_FAILURE_TYPE, violations: [{ subject: quota, description: QUOTA_DESCRIPTIONS[quota] }] },
    ],
    ...waiting,
  })
}

function thirdPartyAuthError(code: FcmErrorCode): Reply {
  return fcmError(401, {
    message: 'Auth error from APNS or Web Push Service',
    status: 'UNAUTHENTICATED',
    details: [
      { '@type': FCM_ERROR_TYPE, errorCode: code },
      { '@type': APNS_ERROR_TYPE, statusCode: 403, reason: 'InvalidProviderToken' },
    ],
  })
}

function withCode(code: number, status: RpcStatus, message: string, errorCode: FcmErrorCode): Reply {
  return fcmError(code, { message, status, details: [{ '@type': FCM_ERROR_TYPE, errorCode }] })
}

function serverFault(code: number, message: string, status: 'UNAVAILABLE' | 'INTERNAL', retryAfter = '30'): Reply {
  const reply = withCode(code, status, message, status)
  return { ...reply, headers: { 'retry-after': retryAfter } }
}

function invalidArgument(message: string): Reply {
  return withCode(400, 'INVALID_ARGUMENT', message, 'INVALID_ARGUMENT')
}
