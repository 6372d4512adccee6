// What a service does with a request, as a value; the servers carry it out.

export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  /** Undefined: no such header. */
  readonly contentType?: string | undefined
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer =
  | Reply
  /** Half of the reply, then the end: of the connection in HTTP/1.1, of the stream (INTERNAL_ERROR) in HTTP/2. */
  | { readonly kind: 'torn'; readonly reply: Reply }
  /** No answer, the connection stays open. */
  | { readonly kind: 'hold' }
  /** TCP reset. */
  | { readonly kind: 'reset' }
  /** HTTP/2: RST_STREAM with this error code (RFC 9113 §7). In HTTP/1.1, which has no streams, a TCP reset. */
  | { readonly kind: 'stream-reset'; readonly code: number }

/** A GOAWAY beside the answer, which ends the connection once its streams have been answered. */
export interface GoAway {
  /** HTTP/2 error code (RFC 9113 §7). */
  readonly code: number
  /** Whether streams begun after this one are left unprocessed; else those that have begun are answered too. */
  readonly refusesLater: boolean
  /** Additional debug data (RFC 9113 §6.8). */
  readonly debugData?: string | undefined
}

export interface Judgement {
  readonly answer: Answer
  /** What it is counted as: `accepted`, an error code, `unauthorized`, `malformed`, or what a fault did. */
  readonly outcome: string
  /** What a correct client would have done otherwise. */
  readonly objection?: string | undefined
  /** The device that the message was for. */
  readonly address?: string | undefined
  /** Id of the fault rule that struck. */
  readonly fault?: string | undefined
  /** Milliseconds until the answer is given. */
  readonly delayMs?: number | undefined
  readonly goAway?: GoAway | undefined
}

/** The Content-Length of a torn reply: also of one without a body, something is missing. */
export function tornLength(body: string): number {
  return Math.max(1, Buffer.byteLength(body))
}

export function textReply(status: number, body: string, headers?: Readonly<Record<string, string>>): Reply {
  return { kind: 'reply', status, contentType: 'text/plain; charset=UTF-8', body, ...(headers && { headers }) }
}

export function jsonReply(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  const contentType = 'application/json; charset=UTF-8'
  return { kind: 'reply', status, contentType, body: JSON.stringify(body), ...(headers && { headers }) }
}

/** A request that a correct client does not send. */
export function malformed(status: number, objection: string, address?: string): Judgement {
  const headers = status === 405 ? { allow: 'POST' } : undefined
  return {
    answer: textReply(status, `The emulator objects: ${objection}\n`, headers),
    outcome: 'malformed',
    objection,
    address,
  }
}
