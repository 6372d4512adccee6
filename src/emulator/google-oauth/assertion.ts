// Judges a service account's assertion, the signed JWT of RFC 7523, as Google documents it
// (developers.google.com/identity/protocols/oauth2/service-account).
import { verify } from 'node:crypto'
import * as z from 'zod'
import { GOOGLE_TOKEN_URL, MAX_ASSERTION_SECONDS, type OauthError } from '../../protocols/fcm.ts'
import { readSignedToken } from '../server/signed-token.ts'
import type { EmulatedServiceAccount } from './service-account.ts'

/** The claims' clock may differ so much from ours. */
const SKEW_SECONDS = 60
const SCOPE = /^https:\/\/www\.googleapis\.com\/auth\/[\w.-]+$/

export interface OauthRefusal {
  readonly error: OauthError
  readonly description: string
}

export interface AssertionGrant {
  readonly scopes: readonly string[]
}

const headerSchema = z.object({ alg: z.string(), typ: z.string().optional(), kid: z.string().optional() })
const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  scope: z.string().optional(),
  iat: z.number(),
  exp: z.number(),
})

export function judgeAssertion(
  assertion: string,
  account: EmulatedServiceAccount,
  now: number,
): AssertionGrant | OauthRefusal {
  const token = readSignedToken(assertion)
  const header = headerSchema.safeParse(token?.header).data
  const claims = claimsSchema.safeParse(token?.claims).data
  if (!token || !header || !claims || token.signature === '') {
    return invalidGrant('Invalid JWT: it must be three parts in base64url, with alg, iss, aud, iat and exp.')
  }
  const { key, publicKey, revoked } = account
  if (claims.iss !== key.client_email) return invalidGrant('Invalid grant: account not found')
  const ours = header.alg === 'RS256' && (header.kid === undefined || header.kid === key.private_key_id)
  if (revoked || !ours || !verify('sha256', token.signed, publicKey, Buffer.from(token.signature, 'base64url'))) {
    return invalidGrant('Invalid JWT Signature.')
  }
  // Clients that reach the emulator in Google's place speak to Google, and do not ask the key file where that is.
  if (claims.aud !== key.token_uri && claims.aud !== GOOGLE_TOKEN_URL) {
    return invalidGrant(`Invalid JWT: Failed audience check. The right audience is ${key.token_uri}`)
  }
  if (!isTimely(claims, now / 1000)) {
    return invalidGrant(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    )
  }
  return judgeScope(claims.scope ?? '')
}

export function isRefusal(judged: AssertionGrant | OauthRefusal): judged is OauthRefusal {
  return 'error' in judged
}

function judgeScope(scope: string): AssertionGrant | OauthRefusal {
  const scopes = scope.split(' ').filter((one) => one !== '')
  if (scopes.length === 0) return { error: 'invalid_scope', description: 'Empty or missing scope not allowed.' }
  if (scopes.every((one) => SCOPE.test(one))) return { scopes }
  return { error: 'invalid_scope', description: 'Invalid OAuth scope or ID token audience provided.' }
}

function isTimely({ iat, exp }: { readonly iat: number; readonly exp: number }, now: number): boolean {
  const lives = exp > iat && exp - iat <= MAX_ASSERTION_SECONDS
  return lives && iat <= now + SKEW_SECONDS && exp > now - SKEW_SECONDS
}

function invalidGrant(description: string): OauthRefusal {
  return { error: 'invalid_grant', description }
}
