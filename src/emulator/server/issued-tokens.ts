// The tokens that one of the emulated services has issued, and which of them are alive.
import type { Clock } from '../../util/clock.ts'

/** Live tokens kept; a sender that logs in for every message must not fill the memory. */
const TOKEN_LIMIT = 10_000

interface IssuedToken<Grant> {
  readonly grant: Grant
  readonly issuedAt: number
  sends: number
}

export interface IssuedTokensOptions {
  readonly clock: Clock
  /** What stands before the token in the Authorization header. */
  readonly scheme: string
  newToken(): string
  /** A token dies after so many sends. Default: never. */
  readonly tokenSends?: number | undefined
  /** A token dies so many milliseconds after it was issued. Default: never. */
  readonly tokenLifetimeMs?: number | undefined
}

/** What a token is good for, or what is wrong with the header. */
export type TokenCheck<Grant> = { readonly grant: Grant } | { readonly objection: string }

export interface IssuedTokens<Grant = void> {
  issue(grant: Grant): string
  /** Judges an Authorization header, and counts one send on its token. */
  check(authorization: string | undefined): TokenCheck<Grant>
  revoke(authorization: string | undefined): void
  expireAll(): void
}

export function createIssuedTokens<Grant = void>(options: IssuedTokensOptions): IssuedTokens<Grant> {
  const { clock, scheme, tokenSends = Number.POSITIVE_INFINITY, tokenLifetimeMs = Number.POSITIVE_INFINITY } = options
  const issued = new Map<string, IssuedToken<Grant>>()

  function tokenOf(authorization: string): string | undefined {
    return authorization.startsWith(scheme) ? authorization.slice(scheme.length) : undefined
  }

  return {
    issue(grant) {
      const token = options.newToken()
      issued.set(token, { grant, issuedAt: clock.now(), sends: 0 })
      if (issued.size > TOKEN_LIMIT) {
        const [oldest] = issued.keys()
        if (oldest !== undefined) issued.delete(oldest)
      }
      return token
    },
    check(authorization) {
      if (authorization === undefined) return { objection: 'There is no Authorization header.' }
      const token = tokenOf(authorization)
      if (token === undefined) return { objection: `The Authorization header does not start with "${scheme}".` }
      const known = issued.get(token)
      if (!known) return { objection: 'This token has expired, or was not issued here.' }
      if (known.sends >= tokenSends || clock.now() - known.issuedAt >= tokenLifetimeMs) {
        issued.delete(token)
        return { objection: 'This token has expired.' }
      }
      known.sends++
      return known
    },
    revoke(authorization) {
      issued.delete(tokenOf(authorization ?? '') ?? '')
    },
    expireAll() {
      issued.clear()
    },
  }
}
