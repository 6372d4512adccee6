// What can go wrong on the way to a subscription; each code has one cure, which the message says.

/**
 * - `unsupported`: this browser has no push, or not here (iOS: only in a web app on the Home Screen).
 * - `permission`: the user said no, or closed the question.
 * - `worker`: the service worker could not be registered, or did not start.
 * - `push-service`: the browser got no subscription from its push service.
 * - `unreachable`: the Sendword server did not answer, or does not allow this origin.
 * - `refused`: the Sendword server refused; `problem` is its own code.
 * - `timeout`: the confirmation push did not come in time; the handshake goes on without the page.
 */
export type SendwordErrorCode =
  | 'unsupported'
  | 'permission'
  | 'worker'
  | 'push-service'
  | 'unreachable'
  | 'refused'
  | 'timeout'

interface Details {
  readonly cause?: unknown
  readonly status?: number
  readonly problem?: string
}

export class SendwordError extends Error {
  override readonly name = 'SendwordError'
  readonly code: SendwordErrorCode
  /** HTTP status of a refusal. */
  readonly status: number | undefined
  /** The server’s code of a refusal, such as PUSH_REQUEST_RATE_LIMITED. */
  readonly problem: string | undefined

  constructor(code: SendwordErrorCode, message: string, { cause, status, problem }: Details = {}) {
    super(message, { cause })
    this.code = code
    this.status = status
    this.problem = problem
  }
}
