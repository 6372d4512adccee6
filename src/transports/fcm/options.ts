// What an operator sets for FCM, and its validation. Environment names and files are read elsewhere.
import type { ProxyOptions } from '../../net/proxy.ts'
import { FCM_URL } from '../../protocols/fcm.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import { fingerprint } from '../fingerprint.ts'
import { createOptionChecks } from '../option-checks.ts'
import { readServiceAccount, type ServiceAccount } from './service-account.ts'

const { integer, url, certificates, invalid } = createOptionChecks('FCM')

export interface FcmOptions {
  /**
   * The key file of a service account, as an object or as its JSON text. None: Application Default Credentials, as
   * Google's own libraries find them.
   */
  readonly serviceAccount?: object | string | undefined
  /** Id or number of the Firebase project. Default: the service account's, or that of the surroundings. */
  readonly projectId?: string | undefined
  /** Where messages are sent: scheme, host and port. Default https://fcm.googleapis.com. */
  readonly url?: string | undefined
  /** Where access tokens come from. Default: the key file's `token_uri`. Not used with default credentials. */
  readonly tokenUrl?: string | undefined
  /** PEM certificates to trust instead of the usual ones. */
  readonly ca?: string | readonly string[] | undefined
  /** An HTTP proxy for everything that leaves. Default: none. */
  readonly proxy?: ProxyOptions | undefined
  /** Sends on their way at once, in one process. 1–2000. Default 500. */
  readonly maxInFlight?: number | undefined
  /**
   * Seconds over which what can wait (messages to an audience) grows from 1,000 sends a second after a pause to 10,000,
   * in one process; then there is no bound. 0–600; 0: none. Default 60, the least that Google asks for.
   */
  readonly rampUpSeconds?: number | undefined
  /** Milliseconds for one request until its answer is complete, connecting included. 10–600,000. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** How repeats of deferred and unanswered sends are spaced. */
  readonly retry?: FcmRetryOptions | undefined
}

export interface FcmRetryOptions {
  /** Milliseconds of the first wait, doubled each time. 1–86,400,000. Default 10,000, the least that Google asks for. */
  readonly baseMs?: number | undefined
  /** Milliseconds of the longest wait. From baseMs to 86,400,000. Default 3,600,000. */
  readonly capMs?: number | undefined
}

/** Options with every default filled in and every bound checked. */
export interface FcmSettings {
  /** Undefined: Application Default Credentials. */
  readonly serviceAccount: ServiceAccount | undefined
  /** Undefined: that of the surroundings. */
  readonly projectId: string | undefined
  readonly origin: URL
  /** Undefined without a service account. */
  readonly tokenUrl: URL | undefined
  readonly ca: string | readonly string[] | undefined
  readonly proxy: ProxyOptions | undefined
  readonly maxInFlight: number
  readonly rampUpMs: number
  readonly timeoutMs: number
  readonly retry: BackoffPolicy
}

const DAY_MS = 86_400_000
const PROJECT_ID = /^[a-z0-9:.-]{1,100}$/i

/** Throws `ConfigError` PUSH_CONFIG_INVALID, naming the option. */
export function resolveFcmOptions(options: FcmOptions): FcmSettings {
  const serviceAccount = resolveServiceAccount(options.serviceAccount)
  const baseMs = integer(options.retry?.baseMs, { name: 'retry.baseMs', from: 1, to: DAY_MS, fallback: 10_000 })
  const capFallback = Math.max(baseMs, 3_600_000)
  return {
    serviceAccount,
    projectId: resolveProjectId(options.projectId, serviceAccount),
    origin: new URL(url(options.url, { name: 'url', fallback: FCM_URL }).origin),
    tokenUrl: serviceAccount && url(options.tokenUrl, { name: 'tokenUrl', fallback: serviceAccount.tokenUri }),
    ca: certificates(options.ca),
    proxy: options.proxy,
    maxInFlight: integer(options.maxInFlight, { name: 'maxInFlight', from: 1, to: 2000, fallback: 500 }),
    rampUpMs: integer(options.rampUpSeconds, { name: 'rampUpSeconds', from: 0, to: 600, fallback: 60 }) * 1000,
    timeoutMs: integer(options.timeoutMs, { name: 'timeoutMs', from: 10, to: 600_000, fallback: 30_000 }),
    retry: {
      baseMs,
      capMs: integer(options.retry?.capMs, { name: 'retry.capMs', from: baseMs, to: DAY_MS, fallback: capFallback }),
    },
  }
}

/**
 * Tells one credential from the next, in places that are not sealed. A digest of it gives nothing away: a private key
 * is beyond guessing.
 */
export function fingerprintOf({ serviceAccount, projectId, origin, tokenUrl }: FcmSettings): string {
  const account = serviceAccount && [
    serviceAccount.clientEmail,
    serviceAccount.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ]
  const parts = [account ?? 'default credentials', projectId, origin.href, tokenUrl?.href]
  return fingerprint(parts)
}

function resolveServiceAccount(given: FcmOptions['serviceAccount']): ServiceAccount | undefined {
  if (given === undefined) return undefined
  const account = readServiceAccount(given)
  if ('problem' in account) throw invalid('serviceAccount', account.problem)
  return account
}

function resolveProjectId(given: string | undefined, account: ServiceAccount | undefined): string | undefined {
  const projectId = given ?? account?.projectId
  if (projectId === undefined) {
    if (account === undefined) return undefined
    throw invalid('projectId', 'is needed: the service account names no project.')
  }
  if (!PROJECT_ID.test(projectId)) throw invalid('projectId', 'must be the id or the number of a Firebase project.')
  return projectId
}
