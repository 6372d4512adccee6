// The tokens of an account: logged in for once a day, renewed when C2DM refuses one, shared with other processes
// through the drawer. A login that ClientLogin refused is not tried again until a person has changed something:
// repeated wrong logins lock the account.
import type { HttpClient } from '../../net/http-client.ts'
import { untilAborted } from '../../net/until-aborted.ts'
import type { ClientLoginError } from '../../protocols/c2dm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Random } from '../../util/random.ts'
import { singleFlight } from '../../util/single-flight.ts'
import { clientLogin } from './client-login.ts'
import { CLIENT_LOGIN_ERROR_TABLE } from './client-login-errors.ts'
import type { CredentialDrawer } from './credential-drawer.ts'
import type { C2dmCredentials, TokenResult } from './credentials.ts'
import type { C2dmAccount, C2dmSettings } from './options.ts'

export interface AccountInput {
  readonly account: C2dmAccount
  readonly settings: Pick<C2dmSettings, 'clientLoginUrl' | 'retry'>
  readonly drawer: CredentialDrawer
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const TOKEN_LIFETIME_MS = 86_400_000
/** Processes that share a token renew it spread over this time: the first logs in, the others find its token. */
const RENEWAL_SPREAD_MS = 3_600_000
/** After so many logins in a row whose tokens C2DM did not take, another is no help: it waits, as logins bring captchas. */
const MAX_USELESS_LOGINS = 2
const USELESS_LOGIN_PAUSE_MS = 60_000
/** `Error=Unknown` so many times in a row is no passing trouble. */
const MAX_UNKNOWN_ERRORS = 3

interface HeldToken {
  readonly token: string
  readonly renewAt: number
  /** When this process logged in for it; undefined for one that came another way. */
  readonly loggedInAt: number | undefined
  worked: boolean
}

interface Pause {
  readonly until: number
  readonly result: Exclude<TokenResult, { kind: 'token' }>
}

const USELESS_LOGIN = { kind: 'refused', reason: 'C2DM refuses the tokens of ClientLogin', probe: true } as const

export function accountCredentials(input: AccountInput): C2dmCredentials {
  const { drawer, clock, random } = input
  const login = createLogin(input)
  let held: HeldToken | undefined
  let refusedToken: string | undefined
  let pause: Pause | undefined
  let uselessLogins = 0

  const hold = (token: string, { obtainedAt, loggedInAt }: { obtainedAt: number; loggedInAt?: number }) => {
    const renewAt = obtainedAt + TOKEN_LIFETIME_MS - random.fraction() * RENEWAL_SPREAD_MS
    held = { token, renewAt, loggedInAt, worked: false }
  }

  const adoptStored = async (): Promise<TokenResult | undefined> => {
    const stored = await drawer.token()
    if (stored === undefined || stored.value === held?.token || stored.value === refusedToken) return undefined
    if (clock.now() - stored.obtainedAt >= TOKEN_LIFETIME_MS) return undefined
    hold(stored.value, stored)
    return { kind: 'token', token: stored.value }
  }

  const obtain = singleFlight(async (): Promise<TokenResult> => {
    const stored = await adoptStored()
    if (stored !== undefined) return stored
    const refusal = await drawer.loginRefusal()
    if (refusal !== undefined) return { kind: 'refused', reason: refusal, probe: false }
    if (pause !== undefined && clock.now() < pause.until) return pausedResult(pause, clock.now())

    const { result, pauseMs } = await login()
    const now = clock.now()
    pause = result.kind === 'token' ? undefined : { until: now + pauseMs, result }
    if (result.kind === 'token') {
      hold(result.token, { obtainedAt: now, loggedInAt: now })
      await drawer.keepToken(result.token)
    }
    return result
  })

  return {
    async current(signal) {
      if (held !== undefined && clock.now() < held.renewAt) return { kind: 'token', token: held.token }
      const result = await untilAborted(obtain(), signal)
      // An old token is better than none, until C2DM refuses it.
      return result.kind === 'unavailable' && held !== undefined ? { kind: 'token', token: held.token } : result
    },
    async renew(refused, signal) {
      if (held !== undefined && held.token !== refused) return { kind: 'token', token: held.token }
      if (held !== undefined) {
        if (held.loggedInAt !== undefined && !held.worked && ++uselessLogins >= MAX_USELESS_LOGINS) {
          pause = { until: held.loggedInAt + USELESS_LOGIN_PAUSE_MS, result: USELESS_LOGIN }
        }
        refusedToken = held.token
        held = undefined
      }
      return untilAborted(obtain(), signal)
    },
    async replace(token) {
      if (token === held?.token) return
      hold(token, { obtainedAt: clock.now() })
      input.logger.info('C2DM replaced its token')
      await drawer.keepToken(token)
    },
    worked(token) {
      if (held?.token !== token) return
      held.worked = true
      uselessLogins = 0
    },
  }
}

function pausedResult({ until, result }: Pause, now: number): TokenResult {
  return result.kind === 'unavailable' ? { ...result, retryAfterMs: until - now } : result
}

interface LoginAttempt {
  readonly result: TokenResult
  /** Until the next login may be tried, when this one gave no token. */
  readonly pauseMs: number
}

function createLogin({ account, settings, drawer, http, clock, logger }: AccountInput): () => Promise<LoginAttempt> {
  let unknownErrors = 0

  const unavailable = (reason: string, retryAfterMs: number | undefined): LoginAttempt => {
    logger.warn('ClientLogin gave no token; trying again later', { reason })
    return {
      result: {
        kind: 'unavailable',
        reason: `ClientLogin: ${reason}`,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      },
      pauseMs: retryAfterMs ?? settings.retry.baseMs,
    }
  }

  const judgeError = async (code: ClientLoginError, retryAfterMs: number | undefined): Promise<LoginAttempt> => {
    const { kind, cure } = CLIENT_LOGIN_ERROR_TABLE[code]
    if (kind === 'config') {
      logger.error('ClientLogin refused the account; it is not tried again until a person acts', { code, cure })
      const stored = await drawer.keepLoginRefusal(code)
      // What is stored can be taken back from outside, so the store alone decides then.
      return { result: { kind: 'refused', reason: code, probe: false }, pauseMs: stored ? 0 : Number.POSITIVE_INFINITY }
    }
    unknownErrors = kind === 'retry-few' ? unknownErrors + 1 : 0
    if (unknownErrors < MAX_UNKNOWN_ERRORS) return unavailable(code, retryAfterMs)
    logger.error('ClientLogin keeps failing', { code, cure })
    return { result: { kind: 'refused', reason: code, probe: true }, pauseMs: settings.retry.baseMs }
  }

  return async () => {
    const answer = await clientLogin({ account, url: settings.clientLoginUrl }, { http, now: clock.now })
    if (answer.kind === 'error') return judgeError(answer.code, answer.retryAfterMs)
    if (answer.kind === 'transient') return unavailable(answer.reason, answer.retryAfterMs)
    unknownErrors = 0
    logger.info('logged in to C2DM')
    return { result: { kind: 'token', token: answer.token }, pauseMs: 0 }
  }
}
