// What an error of node-postgres means: which ones say that the connection is gone, which that the server refuses
// us for good, and the PushError that callers get instead.
import { ConfigError, PushError, StateError } from '../model/push-error.ts'

/** Errors of the operating system and of name resolution that a later try can overcome. */
const LOST_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT', // the Unix socket of a server that is not running
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
])

/** SQLSTATEs of a server that is going down, coming up or full (PostgreSQL, appendix A, classes 08, 53 and 57). */
const UNAVAILABLE = /^(08...|57P0[123]|53300)$/

/** node-postgres gives these no code. */
const LOST_MESSAGE =
  /connection terminated|connection error|timeout expired|query read timeout|timeout exceeded when trying to connect|client was closed|not queryable/i

/** A standby, or a server that has been told to take no writes for now. */
const READ_ONLY = '25006'

const RETRYABLE_TRANSACTION = new Set(['40001', '40P01'])

/** The SQLSTATE or the operating system's code. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The connection is lost or cannot be made now; a later try may succeed. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof PushError) return error.code === 'PUSH_DATABASE_DOWN'
  const code = errorCode(error)
  if (code !== undefined) return LOST_SOCKET.has(code) || UNAVAILABLE.test(code)
  return error instanceof Error && LOST_MESSAGE.test(error.message)
}

/** Said by a server to which we wrote before: it is a standby now, or closed for writes. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof PushError && errorCode(error.cause) === READ_ONLY
}

/** What an error says, for people: a connection error of node-postgres has a code where its message is empty. */
export function reasonOf(error: unknown): string {
  if (error instanceof PushError) return error.detail.replace(/[.\s]*$/, '')
  return (error instanceof Error && error.message) || errorCode(error) || String(error)
}

/** Another transaction was in the way: running the whole of this one again can succeed. */
export function isRetryableTransaction(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (RETRYABLE_TRANSACTION.has(errorCode(inner) ?? '')) return true
  }
  return false
}

/** A lock was not to be had within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return errorCode(error) === '55P03'
}

/** What callers of the database see instead of `error`. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof PushError) return error
  if (errorCode(error) === '53100') return new StateError('PUSH_DATABASE_FULL', { cause: error })
  if (isUnavailable(error)) return new StateError('PUSH_DATABASE_DOWN', { cause: error })
  if (errorCode(error) === READ_ONLY) {
    return new StateError('PUSH_DATABASE_DOWN', { detail: 'The database takes no writes now.', cause: error })
  }
  return error
}

/** A server that answers, but will not have us: wrong password, user, database, TLS setting. */
export function refusal(error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error)
  return new ConfigError('PUSH_DATABASE_URL', {
    detail: `The database refused the connection: ${reason.replace(/[.\s]*$/, '')}.`,
    cause: error,
  })
}
