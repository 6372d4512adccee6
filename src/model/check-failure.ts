// Why a transport would refuse content, before anything is sent.

export interface CheckFailure {
  readonly code: 'PUSH_MESSAGE_TOO_BIG' | 'PUSH_MESSAGE_INVALID'
  /** Says what is how long, or which key is reserved. */
  readonly detail: string
}
