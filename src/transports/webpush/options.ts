// What an operator sets for Web Push, and its validation. Environment names and files are read elsewhere.
import { availableParallelism } from 'node:os'
import type { Resolver } from '../../net/address-policy-lookup.ts'
import type { ProxyOptions } from '../../net/proxy.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import { fingerprint } from '../fingerprint.ts'
import { createOptionChecks } from '../option-checks.ts'
import { isHostPattern } from './endpoint-policy.ts'
import { readVapidKeys, type VapidKeys } from './vapid-keys.ts'

const { integer, certificates, invalid } = createOptionChecks('Web Push')

export interface WebPushOptions {
  readonly vapid?: VapidOptions | undefined
  /**
   * Hosts that messages are sent to beside the push services of the browsers: `push.example.org`, `*.example.org`,
   * either with a port. Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** Of those, the hosts that may lie in a private network, or on this machine. Default: none. */
  readonly allowPrivateAddresses?: readonly string[] | undefined
  /** PEM certificates to trust instead of the usual ones. */
  readonly ca?: string | readonly string[] | undefined
  /** An HTTP proxy for everything that leaves; it is asked for addresses that were judged here. Default: none. */
  readonly proxy?: ProxyOptions | undefined
  /** Gives the addresses of a host. Default: the system's resolver. */
  readonly resolve?: Resolver | undefined
  /** Threads that encrypt, 0–64; 0: the main thread. Default: one less than there are cores, and at least one. */
  readonly encryptionThreads?: number | undefined
  /** Sends on their way at once, in one process. 1–2000. Default 500. */
  readonly maxInFlight?: number | undefined
  /** Milliseconds for one request until its answer is complete, connecting included. 10–600,000. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** How repeats of deferred and unanswered sends are spaced. */
  readonly retry?: WebPushRetryOptions | undefined
}

export interface VapidOptions {
  /** 65 bytes in base64url; together with `privateKey`. Default: a pair that is made once and kept. */
  readonly publicKey?: string | undefined
  /** 32 bytes in base64url. */
  readonly privateKey?: string | undefined
  /** `mailto:` or `https:` URL by which a push service can reach the operator. Default: one that reaches nobody. */
  readonly subject?: string | undefined
}

export interface WebPushRetryOptions {
  /** Milliseconds of the first wait, doubled each time. 1–86,400,000. Default 10,000. */
  readonly baseMs?: number | undefined
  /** Milliseconds of the longest wait. From baseMs to 86,400,000. Default 3,600,000. */
  readonly capMs?: number | undefined
}

/** Options with every default filled in and every bound checked. */
export interface WebPushSettings {
  /** Undefined: the pair that is kept. */
  readonly keys: VapidKeys | undefined
  readonly subject: string
  readonly hasOwnSubject: boolean
  readonly allowedHosts: readonly string[]
  readonly allowPrivateAddresses: readonly string[]
  readonly ca: string | readonly string[] | undefined
  readonly proxy: ProxyOptions | undefined
  readonly resolve: Resolver | undefined
  readonly encryptionThreads: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  readonly retry: BackoffPolicy
}

const DAY_MS = 86_400_000
/** Of the form that Apple asks for, and honest about reaching nobody (RFC 6761 §6.4). */
const NOBODY = 'mailto:nobody@sendword.invalid'
/** Apple refuses spaces, angle brackets and localhost. */
const SUBJECT = /^(mailto:[^\s<>@]+@[^\s<>@]+|https:\/\/[^\s<>]+)$/

/** Throws `ConfigError` PUSH_CONFIG_INVALID, naming the option. */
export function resolveWebPushOptions(options: WebPushOptions): WebPushSettings {
  const baseMs = integer(options.retry?.baseMs, { name: 'retry.baseMs', from: 1, to: DAY_MS, fallback: 10_000 })
  const capFallback = Math.max(baseMs, 3_600_000)
  const threads = Math.max(1, availableParallelism() - 1)
  return {
    keys: resolveKeys(options.vapid),
    subject: resolveSubject(options.vapid?.subject),
    hasOwnSubject: options.vapid?.subject !== undefined,
    allowedHosts: hosts(options.allowedHosts, 'allowedHosts'),
    allowPrivateAddresses: hosts(options.allowPrivateAddresses, 'allowPrivateAddresses'),
    ca: certificates(options.ca),
    proxy: options.proxy,
    resolve: options.resolve,
    encryptionThreads: integer(options.encryptionThreads, {
      name: 'encryptionThreads',
      from: 0,
      to: 64,
      fallback: Math.min(threads, 64),
    }),
    maxInFlight: integer(options.maxInFlight, { name: 'maxInFlight', from: 1, to: 2000, fallback: 500 }),
    timeoutMs: integer(options.timeoutMs, { name: 'timeoutMs', from: 10, to: 600_000, fallback: 10_000 }),
    retry: {
      baseMs,
      capMs: integer(options.retry?.capMs, { name: 'retry.capMs', from: baseMs, to: DAY_MS, fallback: capFallback }),
    },
  }
}

/** Tells one credential from the next, in places that are not sealed. Of a key only its public half is in it. */
export function fingerprintOf({ keys, subject }: WebPushSettings): string {
  const parts = [keys?.publicKey ?? 'the pair that is kept', subject]
  return fingerprint(parts)
}

/** Whether a push service would take it as the `sub` of a token. */
export function isVapidSubject(text: string): boolean {
  return SUBJECT.test(text) && !/^https:\/\/localhost\b|@localhost$/i.test(text)
}

function resolveKeys({ publicKey, privateKey }: VapidOptions = {}): VapidKeys | undefined {
  if (publicKey === undefined && privateKey === undefined) return undefined
  if (publicKey === undefined) throw invalid('vapid.publicKey', 'is needed beside vapid.privateKey.')
  if (privateKey === undefined) throw invalid('vapid.privateKey', 'is needed beside vapid.publicKey.')
  const keys = readVapidKeys({ publicKey, privateKey })
  if ('problem' in keys) throw invalid('vapid', `holds no key pair: ${keys.problem}`)
  return keys
}

function resolveSubject(given: string | undefined): string {
  if (given === undefined || isVapidSubject(given)) return given ?? NOBODY
  throw invalid('vapid.subject', 'must be a mailto: or https: URL of a host that others can reach.')
}

function hosts(given: readonly string[] = [], name: string): readonly string[] {
  if (given.every(isHostPattern)) return given
  throw invalid(name, 'must list hosts such as push.example.org, *.example.org or push.example.org:8443.')
}
