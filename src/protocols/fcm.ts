// Firebase Cloud Messaging, HTTP v1, and Google's OAuth 2.0 token endpoint as published. Constants only; who reads them
// judges for himself.
// Sources: firebase.google.com/docs/reference/fcm/rest/v1 (projects.messages, ErrorCode);
// developers.google.com/identity/protocols/oauth2/service-account; github.com/googleapis/googleapis google/rpc/code.proto.

export const FCM_URL = 'https://fcm.googleapis.com'
/** `project`: the project's id or number. */
export function fcmSendPath(project: string): string {
  return `/v1/projects/${encodeURIComponent(project)}/messages:send`
}

export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
export const GOOGLE_TOKEN_PATH = '/token'
/** The scope that sending needs. */
export const FCM_SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
/** A wider scope that sending takes too. */
export const CLOUD_PLATFORM_SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
/** RFC 7523 §2.1. */
export const JWT_BEARER_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** An assertion may live so long: `exp` is at most `iat` plus this. */
export const MAX_ASSERTION_SECONDS = 3600

/** `error` of a refusal of the token endpoint: RFC 6749 §5.2, and what Google adds to it. */
export const OAUTH_ERRORS = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'admin_policy_enforced',
  'deleted_client',
  'disabled_client',
  'org_internal',
  'internal_failure',
  'temporarily_unavailable',
  'server_error',
] as const
export type OauthError = (typeof OAUTH_ERRORS)[number]

/** `errorCode` of an FcmError detail. */
export const FCM_ERROR_CODES = [
  'UNSPECIFIED_ERROR',
  'INVALID_ARGUMENT',
  'UNREGISTERED',
  'SENDER_ID_MISMATCH',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
  'THIRD_PARTY_AUTH_ERROR',
  /** The old spelling of THIRD_PARTY_AUTH_ERROR. */
  'APNS_AUTH_ERROR',
] as const
export type FcmErrorCode = (typeof FCM_ERROR_CODES)[number]

/** `error.status`: google.rpc.Code, without OK. */
export const RPC_STATUSES = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
] as const
export type RpcStatus = (typeof RPC_STATUSES)[number]

/** `@type` of the entries of `error.details`. */
export const FCM_ERROR_TYPE = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
export const APNS_ERROR_TYPE = 'type.googleapis.com/google.firebase.fcm.v1.ApnsError'
export const BAD_REQUEST_TYPE = 'type.googleapis.com/google.rpc.BadRequest'
export const QUOTA_FAILURE_TYPE = 'type.googleapis.com/google.rpc.QuotaFailure'

/** Bytes in one message: the keys and values of its data and the texts of its notification. */
export const FCM_MAX_MESSAGE_BYTES = 4096
/** A Firebase Installation ID has 22 characters; a registration token is much longer. */
export const FCM_FID = /^[A-Za-z0-9_-]{22}$/
/** `android.ttl`, at most: 28 days. Without one a message lives so long too. */
export const FCM_MAX_TTL_SECONDS = 2_419_200

/** Keys that `data` must not have. */
export const FCM_RESERVED_KEYS = ['from', 'gcm', 'message_type'] as const
/** Beginnings that no key of `data` may have. */
export const FCM_RESERVED_PREFIXES = ['google', 'gcm.'] as const

export const FCM_ANDROID_PRIORITIES = ['NORMAL', 'HIGH'] as const
