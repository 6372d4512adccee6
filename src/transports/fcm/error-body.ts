// The body of an FCM error, read without trust: it may be HTML, torn or empty.
// Source: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode; google/rpc/error_details.proto.
import {
  BAD_REQUEST_TYPE,
  FCM_ERROR_CODES,
  FCM_ERROR_TYPE,
  type FcmErrorCode,
  QUOTA_FAILURE_TYPE,
  RPC_STATUSES,
  type RpcStatus,
} from '../../protocols/fcm.ts'

export interface FcmErrorBody {
  /** Of the FcmError detail. */
  readonly errorCode: FcmErrorCode | undefined
  readonly status: RpcStatus | undefined
  readonly message: string
  /** Fields that a BadRequest detail names; undefined when there is none. */
  readonly violations: readonly FieldViolation[] | undefined
  /** Subjects and descriptions of a QuotaFailure detail. */
  readonly quotaSubjects: readonly string[]
}

export interface FieldViolation {
  readonly field: string
  readonly description: string
}

/** Undefined: not the body of an error as Google's services write it. */
export function readErrorBody(body: string): FcmErrorBody | undefined {
  const error = asObject(asObject(parse(body))?.error)
  if (error === undefined) return undefined
  const details = asList(error.details)
  const detail = (type: string) => details.find((one) => one['@type'] === type)
  const badRequest = detail(BAD_REQUEST_TYPE)
  const { errorCode } = detail(FCM_ERROR_TYPE) ?? {}
  return {
    errorCode: FCM_ERROR_CODES.find((known) => known === errorCode),
    status: RPC_STATUSES.find((known) => known === error.status),
    message: asText(error.message),
    violations: badRequest && asList(badRequest.fieldViolations).map(readViolation),
    quotaSubjects: asList(detail(QUOTA_FAILURE_TYPE)?.violations).flatMap(({ subject, description }) => [
      asText(subject),
      asText(description),
    ]),
  }
}

/** What FCM writes, where nothing is escaped: read without building an object for each message of a broadcast. */
const PLAIN_NAME = /^\s*\{\s*"name":\s*"([^"\\]+)"\s*\}\s*$/

/** The `name` of an accepted message. */
export function readMessageName(body: string): string | undefined {
  const plain = PLAIN_NAME.exec(body)
  if (plain) return plain[1]
  const name = asObject(parse(body))?.name
  return typeof name === 'string' && name !== '' ? name : undefined
}

function readViolation({ field, description }: Readonly<Record<string, unknown>>): FieldViolation {
  return { field: asText(field), description: asText(description) }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // HTML, torn or empty: whoever asked judges by the status.
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function asList(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(asObject).filter((one) => one !== undefined) : []
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
