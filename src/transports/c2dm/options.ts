// What an operator sets for C2DM, and its validation. Environment names are read by the command line only.
import { ConfigError } from '../../model/push-error.ts'
import {
  C2DM_SEND_URL,
  CLIENT_LOGIN_ACCOUNT_TYPES,
  CLIENT_LOGIN_URL,
  type ClientLoginAccountType,
} from '../../protocols/c2dm.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import { createOptionChecks } from '../option-checks.ts'

const { integer, url, certificates, invalid } = createOptionChecks('C2DM')

/** Needs `user` and `password`, or `token`; an account that is complete goes before a token. */
export interface C2dmOptions {
  /** E-mail address of the sender's Google account. 1–320 characters. Environment: C2DM_AUTH_USER. */
  readonly user?: string | undefined
  /**
   * Password of that account, or an application-specific one where 2-step verification is on. 1–1024 characters.
   * Environment: C2DM_AUTH_PASSWORD.
   */
  readonly password?: string | undefined
  /** GOOGLE, HOSTED or HOSTED_OR_GOOGLE. Default GOOGLE. Environment: C2DM_AUTH_ACCOUNT_TYPE. */
  readonly accountType?: string | undefined
  /**
   * Name of the application, by Google's habit `company-name-version`; ClientLogin logs it. 1–200 characters. Default
   * sendword. Environment: C2DM_AUTH_APP_NAME.
   */
  readonly appName?: string | undefined
  /**
   * A ClientLogin token in place of user and password. It changes now and then, and only a person can renew it. 1–4096
   * visible ASCII characters. Environment: C2DM_AUTH_TOKEN.
   */
  readonly token?: string | undefined
  /** Where messages are sent to. Default https://android.apis.google.com/c2dm/send. Environment: C2DM_URL. */
  readonly c2dmUrl?: string | undefined
  /** Where tokens come from. Default https://www.google.com/accounts/ClientLogin. Environment: CLIENT_LOGIN_URL. */
  readonly clientLoginUrl?: string | undefined
  /** PEM certificates to trust instead of the usual ones. Environment: C2DM_CA_FILE. */
  readonly ca?: string | readonly string[] | undefined
  /** Sends on their way at once, in one process. 1–1000. Default 64. Environment: C2DM_MAX_IN_FLIGHT. */
  readonly maxInFlight?: number | undefined
  /**
   * Milliseconds for one request until its answer is complete, connecting included. 10–600,000. Default 30,000.
   */
  readonly timeoutMs?: number | undefined
  /** How repeats of deferred and unanswered sends are spaced. */
  readonly retry?: C2dmRetryOptions | undefined
}

export interface C2dmRetryOptions {
  /** Milliseconds of the first wait, doubled each time. 1–86,400,000. Default 30,000. Environment: C2DM_RETRY_BASE_SECONDS. */
  readonly baseMs?: number | undefined
  /** Milliseconds of the longest wait. From baseMs to 86,400,000. Default 3,600,000. Environment: C2DM_RETRY_CAP_SECONDS. */
  readonly capMs?: number | undefined
}

export interface C2dmAccount {
  readonly kind: 'account'
  readonly user: string
  readonly password: string
  readonly accountType: ClientLoginAccountType
  readonly appName: string
}

export interface C2dmGivenToken {
  readonly kind: 'token'
  readonly token: string
}

export type C2dmCredential = C2dmAccount | C2dmGivenToken

/** Options with every default filled in and every bound checked. */
export interface C2dmSettings {
  readonly credential: C2dmCredential
  readonly sendUrl: URL
  readonly clientLoginUrl: URL
  readonly ca: string | readonly string[] | undefined
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly retry: BackoffPolicy
}

const DAY_MS = 86_400_000
const MAX_USER_CHARACTERS = 320
const MAX_PASSWORD_CHARACTERS = 1024
const MAX_APP_NAME_CHARACTERS = 200
const DEFAULT_APP_NAME = 'sendword'

/** Can stand in an Authorization header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text)
}

/** Throws `ConfigError` PUSH_C2DM_NOT_CONFIGURED or PUSH_CONFIG_INVALID, naming the option. */
export function resolveC2dmOptions(options: C2dmOptions): C2dmSettings {
  const baseMs = integer(options.retry?.baseMs, { name: 'retry.baseMs', from: 1, to: DAY_MS, fallback: 30_000 })
  const capFallback = Math.max(baseMs, 3_600_000)
  return {
    credential: resolveCredential(options),
    sendUrl: url(options.c2dmUrl, { name: 'c2dmUrl', fallback: C2DM_SEND_URL }),
    clientLoginUrl: url(options.clientLoginUrl, { name: 'clientLoginUrl', fallback: CLIENT_LOGIN_URL }),
    ca: certificates(options.ca),
    maxInFlight: integer(options.maxInFlight, { name: 'maxInFlight', from: 1, to: 1000, fallback: 64 }),
    timeoutMs: integer(options.timeoutMs, { name: 'timeoutMs', from: 10, to: 600_000, fallback: 30_000 }),
    retry: {
      baseMs,
      capMs: integer(options.retry?.capMs, { name: 'retry.capMs', from: baseMs, to: DAY_MS, fallback: capFallback }),
    },
  }
}

function resolveCredential({ user, password, accountType, appName, token }: C2dmOptions): C2dmCredential {
  if (user === undefined || password === undefined) {
    if (token === undefined) throw notConfigured(`C2DM has ${describeIncomplete(user, password)}.`)
    if (!isToken(token)) throw invalid('token', 'must be 1 to 4096 visible ASCII characters: the text behind `Auth=`.')
    return { kind: 'token', token }
  }
  return {
    kind: 'account',
    user: text(user, { name: 'user', max: MAX_USER_CHARACTERS }),
    password: text(password, { name: 'password', max: MAX_PASSWORD_CHARACTERS }),
    accountType: resolveAccountType(accountType),
    appName: text(appName ?? DEFAULT_APP_NAME, { name: 'appName', max: MAX_APP_NAME_CHARACTERS }),
  }
}

function describeIncomplete(user: string | undefined, password: string | undefined): string {
  if (user !== undefined) return 'a user, but no password'
  return password === undefined ? 'neither user and password nor a token' : 'a password, but no user'
}

function resolveAccountType(accountType = 'GOOGLE'): ClientLoginAccountType {
  const known = CLIENT_LOGIN_ACCOUNT_TYPES.find((name) => name === accountType)
  if (known === undefined) throw invalid('accountType', `must be one of ${CLIENT_LOGIN_ACCOUNT_TYPES.join(', ')}.`)
  return known
}

function text(value: string, { name, max }: { name: string; max: number }): string {
  const isText = typeof value === 'string' && value.isWellFormed() && !/\p{Cc}/u.test(value)
  if (!isText || value.length === 0 || value.length > max) {
    throw invalid(name, `must be 1 to ${max} characters, without control characters.`)
  }
  return value
}

function notConfigured(detail: string): ConfigError {
  return new ConfigError('PUSH_C2DM_NOT_CONFIGURED', { detail })
}
