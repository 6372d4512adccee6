// One ClientLogin exchange: an account's user and password for an Auth token. The result is a value.
// Source: developers.google.com/gdata/docs/auth/clientlogin.
import { TransportError } from '../../model/push-error.ts'
import type { HttpAnswer, HttpClient } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import { CLIENT_LOGIN_ERRORS, CLIENT_LOGIN_SERVICE, type ClientLoginError } from '../../protocols/c2dm.ts'
import { type C2dmAccount, isToken } from './options.ts'

export interface ClientLoginRequest {
  readonly account: C2dmAccount
  readonly url: URL
  /** Answers an earlier CaptchaRequired. */
  readonly captcha?: { readonly token: string; readonly answer: string } | undefined
}

export interface Captcha {
  /** Goes back as `logintoken` beside the person's answer. */
  readonly token: string
  /** Where the picture is shown; undefined when the reply names no usable one. */
  readonly url: string | undefined
}

export type ClientLoginResult =
  | { readonly kind: 'ok'; readonly token: string }
  | {
      readonly kind: 'error'
      readonly code: ClientLoginError
      readonly captcha?: Captcha
      readonly retryAfterMs?: number
    }
  /** No verdict: not reached, not answered, or an answer that is not ClientLogin's. */
  | { readonly kind: 'transient'; readonly reason: string; readonly retryAfterMs?: number }

export interface ClientLoginContext {
  readonly http: HttpClient
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: () => number
}

export async function clientLogin(
  { account, url, captcha }: ClientLoginRequest,
  { http, now }: ClientLoginContext,
): Promise<ClientLoginResult> {
  const form = new URLSearchParams({
    accountType: account.accountType,
    Email: account.user,
    Passwd: account.password,
    service: CLIENT_LOGIN_SERVICE,
    source: account.appName,
    ...(captcha && { logintoken: captcha.token, logincaptcha: captcha.answer }),
  })
  try {
    const answer = await http.request({
      method: 'POST',
      url,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    })
    return readReply(answer, { url, now: now() })
  } catch (error) {
    if (error instanceof TransportError) return { kind: 'transient', reason: error.detail }
    throw error
  }
}

function readReply({ status, headers, body }: HttpAnswer, { url, now }: { url: URL; now: number }): ClientLoginResult {
  const lines = parseLines(body)
  const token = lines.get('Auth')
  if (status === 200 && token !== undefined && isToken(token)) return { kind: 'ok', token }
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  const error = lines.get('Error')
  if (error !== undefined && status < 500) {
    const code = CLIENT_LOGIN_ERRORS.find((name) => name === error) ?? 'Unknown'
    return { kind: 'error', code, ...wait, ...(code === 'CaptchaRequired' && { captcha: readCaptcha(lines, url) }) }
  }
  if (status >= 500 || status === 429) return { kind: 'transient', reason: `HTTP ${status}`, ...wait }
  if (status === 200) return { kind: 'transient', reason: 'an answer without an Auth line' }
  return { kind: 'error', code: 'Unknown' }
}

/** `Name=value` lines. A value may hold further equals signs, so each line is cut at its first one. */
function parseLines(body: string): Map<string, string> {
  const lines = new Map<string, string>()
  for (const line of body.split('\n')) {
    const cut = line.indexOf('=')
    if (cut > 0) lines.set(line.slice(0, cut).trim(), line.slice(cut + 1).trim())
  }
  return lines
}

function readCaptcha(lines: Map<string, string>, loginUrl: URL): Captcha {
  const url = URL.parse(lines.get('CaptchaUrl') ?? '', loginUrl.href)
  const isWebPage = lines.has('CaptchaUrl') && (url?.protocol === 'https:' || url?.protocol === 'http:')
  return { token: lines.get('CaptchaToken') ?? '', url: isWebPage ? url.href : undefined }
}
