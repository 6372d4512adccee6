// What a service does with a request, as a value; plain-server.ts carries it out.

export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer =
  | Reply
  /** Half of the reply, then the end of the connection. */
  | { readonly kind: 'torn'; readonly reply: Reply }
  /** No answer, the connection stays open. */
  | { readonly kind: 'hold' }
  /** TCP reset. */
  | { readonly kind: 'reset' }

export interface Judgement {
  readonly answer: Answer
  /** What it is counted as: `accepted`, an error code, `unauthorized`, `malformed`, or what a fault did. */
  readonly outcome: string
  /** What a correct client would have done otherwise. */
  readonly objection?: string | undefined
  readonly registrationId?: string | undefined
  /** Id of the fault rule that struck. */
  readonly fault?: string | undefined
  /** Milliseconds until the answer is given. */
  readonly delayMs?: number | undefined
}

export function textReply(status: number, body: string, headers?: Readonly<Record<string, string>>): Reply {
  return { kind: 'reply', status, contentType: 'text/plain; charset=UTF-8', body, ...(headers && { headers }) }
}

/** A request that a correct client does not send. */
export function malformed(status: number, objection: string, registrationId?: string): Judgement {
  const headers = status === 405 ? { allow: 'POST' } : undefined
  return {
    answer: textReply(status, `The emulator objects: ${objection}\n`, headers),
    outcome: 'malformed',
    objection,
    registrationId,
  }
}
