// A JSON Web Token in its compact form (RFC 7519 §3), taken apart and not judged.

export interface SignedToken {
  /** What the part holds as JSON; undefined when it does not. */
  readonly header: unknown
  readonly claims: unknown
  /** What the signature is of. */
  readonly signed: Buffer
  /** In base64url; empty when there is none. */
  readonly signature: string
}

/** Undefined: it has too many parts. */
export function readSignedToken(text: string): SignedToken | undefined {
  const [head = '', body = '', signature = '', ...more] = text.split('.')
  if (more.length > 0) return undefined
  return { header: decoded(head), claims: decoded(body), signed: Buffer.from(`${head}.${body}`), signature }
}

function decoded(part: string): unknown {
  if (!/^[\w-]+$/.test(part)) return undefined
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    // Not JSON, so not a token; whoever reads it says so.
    return undefined
  }
}
