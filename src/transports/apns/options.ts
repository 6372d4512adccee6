// What an operator sets for APNs, and its validation. Environment names and files are read elsewhere.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { ProxyOptions } from '../../net/proxy.ts'
import {
  APNS_ENVIRONMENTS,
  APNS_ID_LENGTH,
  APNS_SERVER_ERROR_WAIT_MS,
  APNS_URLS,
  type ApnsEnvironment,
} from '../../protocols/apns.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import { fingerprint } from '../fingerprint.ts'
import { createOptionChecks } from '../option-checks.ts'
import { type ProviderKey, readProviderKey } from './provider-key.ts'
import { fingerprintOfKey } from './provider-token.ts'

const { integer, url, certificates, invalid } = createOptionChecks('APNs')

/** Needs `key`, `keyId` and `teamId`, or `certificate` and `certificateKey`. */
export interface ApnsOptions {
  /** A team's signing key: the text of its .p8 file. */
  readonly key?: string | undefined
  /** The key's id, 10 characters. */
  readonly keyId?: string | undefined
  /** The team's id, 10 characters. */
  readonly teamId?: string | undefined
  /** An APNs certificate in PEM form, instead of a key. */
  readonly certificate?: string | undefined
  /** The private key of the certificate in PEM form, without a passphrase. */
  readonly certificateKey?: string | undefined
  /** The bundle id of the application. */
  readonly topic?: string | undefined
  /** What an address belongs to that does not say. Default `production`. */
  readonly environment?: ApnsEnvironment | undefined
  /** Where messages for production are sent: scheme, host and port. Default https://api.push.apple.com. */
  readonly url?: string | undefined
  /** Where messages for the sandbox are sent. Default https://api.sandbox.push.apple.com. */
  readonly sandboxUrl?: string | undefined
  /** PEM certificates to trust instead of the usual ones. */
  readonly ca?: string | readonly string[] | undefined
  /** An HTTP proxy for everything that leaves. Default: none. */
  readonly proxy?: ProxyOptions | undefined
  /** Sends on their way at once, in one process. 1–5000. Default 1000. */
  readonly maxInFlight?: number | undefined
  /** Milliseconds for one request until its answer is complete, connecting included. 10–600,000. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds to wait after a 500 or 503. 1–86,400,000. Default 900,000, as Apple asks for. */
  readonly outageMs?: number | undefined
  /** The text of the alert that carries a confirmation token when the background push was not confirmed. */
  readonly confirmationText?: string | undefined
  /** Milliseconds until that alert follows a background push that was not confirmed. 1–3,600,000. Default 60,000. */
  readonly confirmationFollowUpMs?: number | undefined
  /** How repeats of deferred and unanswered sends are spaced. */
  readonly retry?: ApnsRetryOptions | undefined
}

export interface ApnsRetryOptions {
  /** Milliseconds of the first wait, doubled each time. 1–86,400,000. Default 10,000. */
  readonly baseMs?: number | undefined
  /** Milliseconds of the longest wait. From baseMs to 86,400,000. Default 3,600,000. */
  readonly capMs?: number | undefined
}

export type ApnsCredential =
  | ({ readonly kind: 'key' } & ProviderKey)
  /** Both in PEM form. */
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string }

/** Options with every default filled in and every bound checked. */
export interface ApnsSettings {
  readonly credential: ApnsCredential
  readonly topic: string
  readonly environment: ApnsEnvironment
  readonly origins: Readonly<Record<ApnsEnvironment, URL>>
  readonly ca: string | readonly string[] | undefined
  readonly proxy: ProxyOptions | undefined
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly outageMs: number
  readonly confirmationText: string
  readonly confirmationFollowUpMs: number
  readonly retry: BackoffPolicy
}

export const DEFAULT_CONFIRMATION_TEXT = 'Notifications are being set up.'
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const TOPIC = /^[A-Za-z0-9.-]{1,200}$/
const ID = new RegExp(`^[A-Za-z0-9]{${APNS_ID_LENGTH}}$`)

/** Throws `ConfigError` PUSH_CONFIG_INVALID, naming the option. */
export function resolveApnsOptions(options: ApnsOptions): ApnsSettings {
  const { environment = 'production', topic = '' } = options
  if (!TOPIC.test(topic)) throw invalid('topic', 'is needed: the bundle id of the application.')
  if (!APNS_ENVIRONMENTS.includes(environment)) {
    throw invalid('environment', `must be ${APNS_ENVIRONMENTS.join(' or ')}.`)
  }
  const origin = (given: string | undefined, name: string, fallback: string) =>
    new URL(url(given, { name, fallback }).origin)
  const baseMs = integer(options.retry?.baseMs, { name: 'retry.baseMs', from: 1, to: DAY_MS, fallback: 10_000 })
  const capFallback = Math.max(baseMs, 3_600_000)
  return {
    credential: resolveCredential(options),
    topic,
    environment,
    origins: {
      production: origin(options.url, 'url', APNS_URLS.production),
      sandbox: origin(options.sandboxUrl, 'sandboxUrl', APNS_URLS.sandbox),
    },
    ca: certificates(options.ca),
    proxy: options.proxy,
    maxInFlight: integer(options.maxInFlight, { name: 'maxInFlight', from: 1, to: 5000, fallback: 1000 }),
    timeoutMs: integer(options.timeoutMs, { name: 'timeoutMs', from: 10, to: 600_000, fallback: 30_000 }),
    outageMs: integer(options.outageMs, { name: 'outageMs', from: 1, to: DAY_MS, fallback: APNS_SERVER_ERROR_WAIT_MS }),
    confirmationText: options.confirmationText ?? DEFAULT_CONFIRMATION_TEXT,
    confirmationFollowUpMs: integer(options.confirmationFollowUpMs, {
      name: 'confirmationFollowUpMs',
      from: 1,
      to: HOUR_MS,
      fallback: 60_000,
    }),
    retry: {
      baseMs,
      capMs: integer(options.retry?.capMs, { name: 'retry.capMs', from: baseMs, to: DAY_MS, fallback: capFallback }),
    },
  }
}

/** Tells one credential, and what it is used for, from the next, in places that are not sealed. */
export function fingerprintOf({ credential, topic, environment, origins }: ApnsSettings): string {
  const secret =
    credential.kind === 'key'
      ? fingerprintOfKey(credential)
      : new X509Certificate(credential.certificate).fingerprint256
  const parts = [secret, topic, environment, origins.production.href, origins.sandbox.href]
  return fingerprint(parts)
}

function resolveCredential(options: ApnsOptions): ApnsCredential {
  const problem = credentialProblem(options)
  if (problem !== undefined) throw invalid(problem.name, problem.problem)
  const { key, keyId = '', teamId = '', certificate = '', certificateKey = '' } = options
  if (key === undefined) return { kind: 'certificate', certificate, key: certificateKey }
  const privateKey = readProviderKey(key)
  if ('problem' in privateKey) throw invalid('key', privateKey.problem)
  return { kind: 'key', teamId, keyId, privateKey }
}

export interface CredentialProblem {
  readonly name: 'key' | 'keyId' | 'teamId' | 'certificate' | 'certificateKey'
  /** The rest of a sentence; never a value. */
  readonly problem: string
}

/** The first thing that is wrong with the credential of these options. */
export function credentialProblem(options: ApnsOptions): CredentialProblem | undefined {
  const { key, keyId = '', teamId = '', certificate, certificateKey } = options
  if (key !== undefined && certificate !== undefined) return { name: 'key', problem: 'and certificate: give one.' }
  if (key !== undefined) {
    const read = readProviderKey(key)
    if ('problem' in read) return { name: 'key', problem: read.problem }
    for (const [name, id] of Object.entries({ keyId, teamId })) {
      if (!ID.test(id)) {
        return { name: name as 'keyId' | 'teamId', problem: `must be ${APNS_ID_LENGTH} letters and digits.` }
      }
    }
    return undefined
  }
  if (certificate === undefined) return { name: 'key', problem: 'with keyId and teamId, or certificate, is needed.' }
  return certificateProblem(certificate, certificateKey)
}

function certificateProblem(certificate: string, key: string | undefined): CredentialProblem | undefined {
  if (key === undefined) return { name: 'certificateKey', problem: 'is needed: the private key of the certificate.' }
  const x509 = attempt(() => new X509Certificate(certificate))
  if (x509 === undefined) return { name: 'certificate', problem: 'must be in PEM form: -----BEGIN CERTIFICATE----- …' }
  const privateKey: KeyObject | undefined = attempt(() => createPrivateKey(key))
  if (privateKey === undefined) {
    return { name: 'certificateKey', problem: 'must be a private key in PEM form without a passphrase.' }
  }
  return x509.checkPrivateKey(privateKey)
    ? undefined
    : { name: 'certificateKey', problem: 'is not that of certificate.' }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    // OpenSSL's reason says less than what is expected.
    return undefined
  }
}
