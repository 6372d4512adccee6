// One exchange with Google's token endpoint: a signed assertion for an access token. The result is a value.
// Source: developers.google.com/identity/protocols/oauth2/service-account; RFC 6749 §5, RFC 7523.
import { TransportError } from '../../model/push-error.ts'
import type { HttpAnswer, HttpClient } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import { JWT_BEARER_GRANT, OAUTH_ERRORS, type OauthError } from '../../protocols/fcm.ts'
import { type ServiceAccount, signAssertion } from './service-account.ts'

export type TokenExchangeResult =
  | { readonly kind: 'ok'; readonly token: string; readonly lifetimeMs: number }
  /** A person must act: the key, the account or the clock is wrong. */
  | { readonly kind: 'refused'; readonly code: OauthError | 'unknown error' }
  /** Not reached, not answered, or an answer that says nothing. */
  | { readonly kind: 'transient'; readonly reason: string; readonly retryAfterMs?: number }

export interface TokenExchangeContext {
  readonly http: HttpClient
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** RFC 6749 §5.1 makes `expires_in` optional; Google's tokens live an hour. */
const DEFAULT_LIFETIME_SECONDS = 3_600
const MAX_LIFETIME_SECONDS = 86_400
/** Can stand in an Authorization header. */
const ACCESS_TOKEN = /^[\x21-\x7e]{1,8192}$/

const PASSING: ReadonlySet<OauthError> = new Set(['internal_failure', 'temporarily_unavailable', 'server_error'])

export async function exchangeToken(
  { account, url }: { readonly account: ServiceAccount; readonly url: URL },
  { http, now }: TokenExchangeContext,
): Promise<TokenExchangeResult> {
  const form = new URLSearchParams({ grant_type: JWT_BEARER_GRANT, assertion: signAssertion(account, now()) })
  try {
    const answer = await http.request({
      method: 'POST',
      url,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    })
    return readAnswer(answer, now())
  } catch (error) {
    if (error instanceof TransportError) return { kind: 'transient', reason: error.detail }
    throw error
  }
}

function readAnswer({ status, headers, body }: HttpAnswer, now: number): TokenExchangeResult {
  const { access_token: token, expires_in: lifetime, error } = parse(body)
  if (status === 200 && typeof token === 'string' && ACCESS_TOKEN.test(token)) {
    return { kind: 'ok', token, lifetimeMs: lifetimeSeconds(lifetime) * 1000 }
  }
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  const code = OAUTH_ERRORS.find((known) => known === error)
  if (status >= 500 || status === 429 || (code !== undefined && PASSING.has(code))) {
    return { kind: 'transient', reason: code ?? `HTTP ${status}`, ...wait }
  }
  if (status === 200) return { kind: 'transient', reason: 'an answer without an access token' }
  // Without an error of OAuth's it may be what stands between that answered.
  if (typeof error !== 'string') return { kind: 'transient', reason: `HTTP ${status}`, ...wait }
  return { kind: 'refused', code: code ?? 'unknown error' }
}

function lifetimeSeconds(given: unknown): number {
  const seconds = typeof given === 'number' && given > 0 ? given : DEFAULT_LIFETIME_SECONDS
  return Math.min(seconds, MAX_LIFETIME_SECONDS)
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // Whatever answered, it is no token endpoint; the status tells the rest.
    return {}
  }
}
