// Access tokens of a service account: one at a time, renewed before it expires, shared with other processes.
import type { HttpClient } from '../../net/http-client.ts'
import { untilAborted } from '../../net/until-aborted.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { Random } from '../../util/random.ts'
import { singleFlight } from '../../util/single-flight.ts'
import type { FcmCredentials, Grant, TokenResult } from './credentials.ts'
import type { ServiceAccount } from './service-account.ts'
import type { AccessToken, TokenDrawer } from './token-drawer.ts'
import { exchangeToken } from './token-exchange.ts'

export interface ServiceAccountInput {
  readonly account: ServiceAccount
  readonly project: string
  readonly tokenUrl: URL
  /** After an exchange that gave no token: milliseconds until the next one. */
  readonly pauseMs: number
  readonly drawer: TokenDrawer
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A token is renewed so long before its end, but never in the first nine tenths of a short life. */
const EARLY_MS = 300_000
/** Processes that share a token renew it spread over this time: the first asks, the others find its token. */
const SPREAD_MS = 60_000

interface HeldToken {
  readonly grant: Grant
  readonly expiresAt: number
  readonly renewAt: number
}

type Failure = Exclude<TokenResult, { kind: 'token' }>

const CURES: Readonly<Record<string, string>> = {
  invalid_grant: 'Check that the key still exists in Google Cloud (IAM, service accounts), and this machine’s clock.',
}
const DEFAULT_CURE = 'Make a new key for the service account, and check that it may use Firebase Cloud Messaging.'

export function serviceAccountCredentials(input: ServiceAccountInput): FcmCredentials {
  const { account, project, tokenUrl, drawer, clock, random, logger } = input
  let held: HeldToken | undefined
  let refusedToken: string | undefined
  let pause: { readonly until: number; readonly result: Failure } | undefined

  const hold = (token: AccessToken) => {
    const lifetime = token.expiresAt - token.obtainedAt
    const early = Math.min(EARLY_MS + random.fraction() * SPREAD_MS, lifetime / 10)
    const grant = { kind: 'token', token: token.token, project } as const
    held = { grant, expiresAt: token.expiresAt, renewAt: token.expiresAt - early }
    return grant
  }

  const adoptStored = async (): Promise<TokenResult | undefined> => {
    const stored = await drawer.read()
    if (stored === undefined || stored.token === held?.grant.token || stored.token === refusedToken) return undefined
    return stored.expiresAt > clock.now() ? hold(stored) : undefined
  }

  const exchange = async (): Promise<TokenResult> => {
    const answer = await exchangeToken({ account, url: tokenUrl }, { http: input.http, now: clock.now })
    const now = clock.now()
    if (answer.kind === 'ok') {
      const token = { token: answer.token, obtainedAt: now, expiresAt: now + answer.lifetimeMs }
      pause = undefined
      await drawer.keep(token)
      logger.info('obtained an access token for FCM')
      return hold(token)
    }
    if (answer.kind === 'refused') {
      const { code } = answer
      logger.error('Google refuses the service account', { code, cure: CURES[code] ?? DEFAULT_CURE })
      pause = { until: now + input.pauseMs, result: { kind: 'refused', reason: code } }
      return pause.result
    }
    const { reason, retryAfterMs } = answer
    logger.warn('Google gave no access token; trying again later', { reason })
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    pause = {
      until: now + (retryAfterMs ?? input.pauseMs),
      result: { kind: 'unavailable', reason: `access token: ${reason}`, ...wait },
    }
    return pause.result
  }

  const obtain = singleFlight(async (): Promise<TokenResult> => {
    const stored = await adoptStored()
    if (stored !== undefined) return stored
    return pause !== undefined && clock.now() < pause.until ? pausedResult(pause, clock.now()) : exchange()
  })

  const atHand = () => {
    const now = clock.now()
    if (held === undefined || now >= held.expiresAt) return undefined
    // Nobody waits for the renewal of a token that still works; its failure is logged where it happens.
    if (now >= held.renewAt) void obtain().catch(() => {})
    return held.grant
  }

  return {
    held: atHand,
    async current(signal) {
      return atHand() ?? untilAborted(obtain(), signal)
    },
    async renew(refused, signal) {
      if (held !== undefined && held.grant.token !== refused) return held.grant
      refusedToken = refused
      held = undefined
      return untilAborted(obtain(), signal)
    },
    forgetRefusal() {
      pause = undefined
    },
  }
}

function pausedResult({ until, result }: { until: number; result: Failure }, now: number): Failure {
  return result.kind === 'unavailable' ? { ...result, retryAfterMs: until - now } : result
}
