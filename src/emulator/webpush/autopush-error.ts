// Autopush's errors in the form in which it gives them.
import { STATUS_CODES } from 'node:http'
import { AUTOPUSH_ERRORS, type AutopushErrorName } from '../../protocols/web-push.ts'
import { type Judgement, jsonReply, type Reply } from '../server/answer.ts'

export const AUTOPUSH_FAULT_CODES = Object.keys(AUTOPUSH_ERRORS) as AutopushErrorName[]

const MORE_INFO = 'http://autopush.readthedocs.io/en/latest/http.html#error-codes'
/** Seconds after which autopush wants to be asked again. */
const RETRY_AFTER = '120'

interface ErrorDetails {
  /** Default: the error's own. */
  readonly message?: string | undefined
  /** Default 120 for 429 and 503, else none. */
  readonly retryAfter?: string | undefined
}

export type Refusal = Judgement & { readonly answer: Reply }

export function autopushError(name: AutopushErrorName, details: ErrorDetails = {}): Reply {
  const { status, errno, message } = AUTOPUSH_ERRORS[name]
  return autopushReply(status, { errno, message: details.message ?? message, retryAfter: details.retryAfter })
}

/** An error without a number of its own. */
export function plainError(status: number, message: string): Reply {
  return autopushReply(status, { errno: null, message })
}

/** Counted under the error's name. */
export function refuse(name: AutopushErrorName, address: string | undefined, details?: ErrorDetails): Refusal {
  return { answer: autopushError(name, details), outcome: name, address }
}

/** What a correct client does not send. */
export function object(answer: Reply, objection: string, address?: string): Refusal {
  return { answer, outcome: 'malformed', objection, address }
}

interface ErrorBody {
  readonly errno: number | null
  readonly message: string
  readonly retryAfter?: string | undefined
}

function autopushReply(status: number, { errno, message, retryAfter }: ErrorBody): Reply {
  const body = { code: status, errno, error: STATUS_CODES[status], message, more_info: MORE_INFO }
  const waiting = retryAfter ?? (status === 503 || status === 429 ? RETRY_AFTER : undefined)
  return jsonReply(status, body, {
    ...(waiting !== undefined && { 'retry-after': waiting }),
    ...(status === 410 && { 'cache-control': 'max-age=86400' }),
    ...(status === 405 && { allow: 'POST, DELETE' }),
  })
}
