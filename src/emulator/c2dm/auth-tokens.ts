// The ClientLogin tokens that this emulator has issued, and which of them are alive.
import { GOOGLE_LOGIN_SCHEME } from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'

/** Live tokens kept; a sender that logs in for every message must not fill the memory. */
const TOKEN_LIMIT = 10_000

interface IssuedToken {
  readonly issuedAt: number
  sends: number
}

export interface AuthTokensOptions {
  readonly clock: Clock
  readonly random: Random
  /** A token dies after so many sends. Default: never. */
  readonly tokenSends?: number | undefined
  /** A token dies so many milliseconds after it was issued. Default: never. */
  readonly tokenLifetimeMs?: number | undefined
}

export interface AuthTokens {
  issue(): string
  /** Counts one send on the token; returns what is wrong with the Authorization header, if anything. */
  objection(authorization: string | undefined): string | undefined
  revoke(authorization: string | undefined): void
  expireAll(): void
}

export function createAuthTokens(options: AuthTokensOptions): AuthTokens {
  const { clock, random, tokenSends = Number.POSITIVE_INFINITY, tokenLifetimeMs = Number.POSITIVE_INFINITY } = options
  const issued = new Map<string, IssuedToken>()

  return {
    issue() {
      // Without padding: clients of the time split a line at its last "=".
      const token = `DQAAA${random.bytes(120).toString('base64url')}`
      issued.set(token, { issuedAt: clock.now(), sends: 0 })
      if (issued.size > TOKEN_LIMIT) {
        const [oldest] = issued.keys()
        if (oldest !== undefined) issued.delete(oldest)
      }
      return token
    },
    objection(authorization) {
      if (authorization === undefined) return 'There is no Authorization header.'
      const token = tokenOf(authorization)
      if (token === undefined) return `The Authorization header does not start with "${GOOGLE_LOGIN_SCHEME}".`
      const known = issued.get(token)
      if (!known) return 'This token has expired, or was not issued here.'
      if (known.sends >= tokenSends || clock.now() - known.issuedAt >= tokenLifetimeMs) {
        issued.delete(token)
        return 'This token has expired.'
      }
      known.sends++
      return undefined
    },
    revoke(authorization) {
      issued.delete(tokenOf(authorization ?? '') ?? '')
    },
    expireAll() {
      issued.clear()
    },
  }
}

function tokenOf(authorization: string): string | undefined {
  return authorization.startsWith(GOOGLE_LOGIN_SCHEME) ? authorization.slice(GOOGLE_LOGIN_SCHEME.length) : undefined
}
