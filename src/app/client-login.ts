// Logging in to C2DM by hand: an account's user and password for an Auth token, or what a person must do first.
import { createHttpClient } from '../net/http-client.ts'
import { type ClientLoginResult, clientLogin } from '../transports/c2dm/client-login.ts'
import { CLIENT_LOGIN_ERROR_TABLE } from '../transports/c2dm/client-login-errors.ts'
import type { Clock } from '../util/clock.ts'
import type { ResolvedC2dm } from './options/resolve-c2dm.ts'

export interface LogInToC2dm {
  readonly account: Pick<ResolvedC2dm, 'accountType' | 'appName' | 'clientLoginUrl' | 'ca'>
  readonly user: string
  readonly password: string
  /** Answers an earlier captcha. */
  readonly captcha: { readonly token: string; readonly answer: string } | undefined
  readonly clock: Clock
}

export type LoginResult =
  | { readonly kind: 'ok'; readonly token: string }
  /** ClientLogin refused; `cure` says what a person must do. */
  | { readonly kind: 'refused'; readonly code: string; readonly cure: string; readonly captcha?: LoginCaptcha }
  /** It may pass by itself. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number | undefined }

export interface LoginCaptcha {
  readonly token: string
  /** Where the picture is; undefined when the reply names no usable place. */
  readonly url: string | undefined
}

export async function logInToC2dm({ account, user, password, captcha, clock }: LogInToC2dm): Promise<LoginResult> {
  const { accountType, appName, clientLoginUrl, ca } = account
  const http = createHttpClient({ maxConnections: 1, ca })
  try {
    const result = await clientLogin(
      {
        account: { kind: 'account', user, password, accountType, appName },
        url: new URL(clientLoginUrl),
        captcha,
      },
      { http, now: clock.now },
    )
    return judge(result)
  } finally {
    http.close()
  }
}

function judge(result: ClientLoginResult): LoginResult {
  if (result.kind === 'ok') return result
  const { retryAfterMs } = result
  if (result.kind === 'transient') return { kind: 'unavailable', reason: result.reason, retryAfterMs }
  const { kind, cure } = CLIENT_LOGIN_ERROR_TABLE[result.code]
  if (kind === 'retry') return { kind: 'unavailable', reason: result.code, retryAfterMs }
  return { kind: 'refused', code: result.code, cure, ...(result.captcha && { captcha: result.captcha }) }
}
