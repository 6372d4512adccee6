// Judges provider tokens: the signed JWT (RFC 7519, ES256) that a sender brings with every request. One that has been
// verified is remembered, as verifying each time would cost more than everything else.
import { verify } from 'node:crypto'
import * as z from 'zod'
import { APNS_TOKEN_MAX_AGE_MS, type ApnsReason } from '../../protocols/apns.ts'
import type { Clock } from '../../util/clock.ts'
import { readSignedToken } from '../server/signed-token.ts'
import type { ProviderAccount } from './provider-account.ts'

/** The sender's clock may be ahead of ours by so much. */
const SKEW_MS = 60_000
/** Verified tokens kept; a sender that signs for every message must not fill the memory. */
const TOKEN_LIMIT = 10_000
const SCHEME = /^bearer +(\S+)$/i

export interface ProviderToken {
  readonly text: string
  readonly issuedAt: number
}

export interface TokenRefusal {
  readonly reason: ApnsReason
  readonly objection: string
}

export interface ProviderTokens {
  /** Judges an authorization header. */
  check(authorization: string | undefined): ProviderToken | TokenRefusal
  /** Every token seen so far is refused as expired from now on. */
  expireAll(): void
  /** Raised by each expireAll. */
  readonly generation: number
  reset(): void
}

interface KnownToken extends ProviderToken {
  expired: boolean
}

const headerSchema = z.object({ alg: z.string(), kid: z.string().optional() })
const claimsSchema = z.object({ iss: z.string(), iat: z.number() })

export function createProviderTokens(account: ProviderAccount, clock: Clock): ProviderTokens {
  const known = new Map<string, KnownToken>()
  let generation = 0

  function learn(text: string): KnownToken | TokenRefusal {
    const issuedAt = judgeToken(text, account)
    if (typeof issuedAt !== 'number') return issuedAt
    const token = { text, issuedAt, expired: false }
    known.set(text, token)
    if (known.size > TOKEN_LIMIT) {
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    }
    return token
  }

  return {
    check(authorization) {
      if (authorization === undefined) {
        return {
          reason: 'MissingProviderToken',
          objection: 'There is neither an authorization header nor a certificate.',
        }
      }
      const text = SCHEME.exec(authorization)?.[1]
      if (text === undefined) return invalid('The authorization header is not "bearer" and a token.')
      if (account.revoked) return invalid('The key has been revoked.')
      const token = known.get(text) ?? learn(text)
      if (isRefusal(token)) return token
      const age = clock.now() - token.issuedAt
      if (age < -SKEW_MS) return invalid('The token is from the future.')
      if (!token.expired && age <= APNS_TOKEN_MAX_AGE_MS) return token
      return {
        reason: 'ExpiredProviderToken',
        objection: 'The token is older than an hour, or was told to be expired.',
      }
    },
    expireAll() {
      generation++
      for (const token of known.values()) token.expired = true
    },
    get generation() {
      return generation
    },
    reset() {
      generation++
      known.clear()
    },
  }
}

export function isRefusal(judged: ProviderToken | TokenRefusal): judged is TokenRefusal {
  return 'reason' in judged
}

/** When it was issued, in milliseconds, or what is wrong with it. */
function judgeToken(text: string, { credentials, publicKey }: ProviderAccount): number | TokenRefusal {
  const token = readSignedToken(text)
  const header = headerSchema.safeParse(token?.header).data
  const claims = claimsSchema.safeParse(token?.claims).data
  if (!token || !header || !claims) {
    return invalid('The token must be three parts in base64url, with alg, kid, iss and iat.')
  }
  if (header.alg !== 'ES256') return invalid(`The token's alg is ${header.alg}; it must be ES256.`)
  if (header.kid !== credentials.keyId) return invalid("The token's kid is not the key id.")
  if (claims.iss !== credentials.teamId) return invalid("The token's iss is not the team id.")
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', token.signed, key, Buffer.from(token.signature, 'base64url'))) {
    return invalid("The token's signature is not the key's.")
  }
  return claims.iat * 1000
}

function invalid(objection: string): TokenRefusal {
  return { reason: 'InvalidProviderToken', objection }
}
