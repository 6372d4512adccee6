// The one place where options are judged: every value, and what must fit together. What comes out has its defaults
// filled in and speaks in milliseconds.
import { ConfigError } from '../../model/push-error.ts'
import type { AppTiming } from '../../model/timing.ts'
import type { WebhookEndpoint } from '../../webhooks/endpoint.ts'
import { type CheckedOptions, checkOptions } from './check-options.ts'
import { type ResolvedApns, resolveApns } from './resolve-apns.ts'
import { type ResolvedC2dm, resolveC2dm } from './resolve-c2dm.ts'
import { type ResolvedFcm, resolveFcm } from './resolve-fcm.ts'
import { type ResolvedIdentity, resolveIdentity } from './resolve-identity.ts'
import { type ResolvedMail, resolveMail } from './resolve-mail.ts'
import { type ResolvedProxy, resolveProxy } from './resolve-service.ts'
import { resolveWebhooks } from './resolve-webhooks.ts'
import { type ResolvedWebPush, resolveWebPush } from './resolve-webpush.ts'
import type { LogFormat, LogLevel, SendwordOptions } from './sendword-options.ts'
import { isPostgresUrl } from './url-kinds.ts'

export type ResolvedDatabase =
  /** A packaged PostgreSQL on this folder, or one of `postgresBin`. */
  | { readonly kind: 'folder'; readonly folder: string; readonly postgresBin: string | undefined }
  /** `directUrl` is for LISTEN and advisory locks. */
  | { readonly kind: 'url'; readonly url: string; readonly directUrl: string }

export interface ResolvedApp {
  /** Undefined: C2DM is not asked for. */
  readonly c2dm: ResolvedC2dm | undefined
  /** Undefined: FCM is not asked for. */
  readonly fcm: ResolvedFcm | undefined
  /** Undefined: APNs is not asked for. */
  readonly apns: ResolvedApns | undefined
  /** Undefined: Web Push is not asked for. */
  readonly webpush: ResolvedWebPush | undefined
  /** Undefined: it takes no identity tokens. */
  readonly identity: ResolvedIdentity | undefined
  /** In its canonical form. */
  readonly locale: string | undefined
  readonly corsOrigins: readonly string[]
  readonly webhooks: readonly WebhookEndpoint[]
  readonly timing: AppTiming
  /** 0: never. */
  readonly staleAfterDays: number
}

export interface ResolvedRegistration {
  readonly ttlMs: number
  readonly maxWrongGuesses: number
  readonly perDevicePerHour: number
  readonly perAddressPerHour: number
  readonly perClientPerHour: number
  readonly approveReplacement: boolean
}

export interface ResolvedLog {
  readonly level: LogLevel
  readonly levels: Readonly<Record<string, LogLevel>>
  readonly format: LogFormat
}

export interface ResolvedOptions {
  readonly database: ResolvedDatabase
  readonly databasePoolSize: number
  readonly secret: string | undefined
  readonly apiKey: string | undefined
  /** False: this process delivers nothing. */
  readonly workers: boolean
  readonly trustedProxies: readonly string[]
  readonly registration: ResolvedRegistration
  readonly retention: { readonly ledgerDays: number }
  readonly log: ResolvedLog
  /** Undefined: errors are mailed to nobody. */
  readonly mail: ResolvedMail | undefined
  readonly http: { readonly host: string; readonly port: number; readonly graceMs: number }
  /** Of all apps. */
  readonly proxy: ResolvedProxy | undefined
  /** By name; at least one. */
  readonly apps: ReadonlyMap<string, ResolvedApp>
}

const DEFAULT_APP = 'default'

/**
 * Throws one ConfigError for all that is wrong, a line each: PUSH_CONFIG_INVALID, or PUSH_C2DM_NOT_CONFIGURED when
 * nothing is wrong but a C2DM without credential.
 */
export function resolveOptions(options: SendwordOptions): ResolvedOptions {
  const checked = checkOptions(options)
  const apps = resolveApps(checked)
  const mail = resolveMail(checked)
  if (checked.problems.length > 0) {
    const detail = [...checked.problems, ...apps.withoutCredential].join('\n')
    throw new ConfigError('PUSH_CONFIG_INVALID', { detail })
  }
  if (apps.withoutCredential.length > 0) {
    throw new ConfigError('PUSH_C2DM_NOT_CONFIGURED', { detail: apps.withoutCredential.join('\n') })
  }
  return {
    database: resolveDatabase(checked),
    databasePoolSize: checked.read('databasePoolSize'),
    secret: checked.read('secret'),
    apiKey: checked.read('apiKey'),
    workers: checked.read('workers'),
    trustedProxies: checked.read('trustedProxies'),
    registration: resolveRegistration(checked),
    retention: { ledgerDays: checked.read('retention.ledgerDays') },
    log: {
      level: checked.read('log.level'),
      levels: checked.read('log.levels'),
      format: checked.read('log.format'),
    },
    mail,
    http: {
      host: checked.read('http.host'),
      port: checked.read('http.port'),
      graceMs: checked.read('http.graceSeconds') * 1000,
    },
    proxy: resolveProxy(checked),
    apps: apps.byName,
  }
}

function resolveDatabase(checked: CheckedOptions): ResolvedDatabase {
  const database = checked.read('database')
  return isPostgresUrl(database)
    ? { kind: 'url', url: database, directUrl: checked.read('databaseDirectUrl') ?? database }
    : { kind: 'folder', folder: database, postgresBin: checked.read('postgresBin') }
}

function resolveRegistration(checked: CheckedOptions): ResolvedRegistration {
  return {
    ttlMs: checked.read('registration.ttlSeconds') * 1000,
    maxWrongGuesses: checked.read('registration.maxWrongGuesses'),
    perDevicePerHour: checked.read('registration.perDevice'),
    perAddressPerHour: checked.read('registration.perAddress'),
    perClientPerHour: checked.read('registration.perClient'),
    approveReplacement: checked.read('registration.approveReplacement'),
  }
}

function resolveApps(checked: CheckedOptions) {
  const byName = new Map<string, ResolvedApp>()
  const withoutCredential: string[] = []
  const names = checked.apps.length === 0 ? [DEFAULT_APP] : checked.apps
  for (const name of names) {
    // An object, even an empty one, asks for it: `{ user: undefined }` is a forgotten variable, not a wish for none.
    const isAsked = (service: string) => checked.hasSection(`apps.${name}.${service}`)
    byName.set(name, {
      c2dm: isAsked('c2dm') ? resolveC2dm(name, checked, withoutCredential) : undefined,
      fcm: isAsked('fcm') ? resolveFcm(name, checked) : undefined,
      apns: isAsked('apns') ? resolveApns(name, checked) : undefined,
      webpush: isAsked('webpush') ? resolveWebPush(name, checked) : undefined,
      identity: resolveIdentity(name, checked),
      locale: checked.read('apps.<app>.locale', name),
      corsOrigins: checked.read('apps.<app>.corsOrigins', name),
      webhooks: resolveWebhooks(name, checked),
      timing: {
        timeZone: checked.read('apps.<app>.timeZone', name),
        quietHours: checked.read('apps.<app>.quietHours', name),
      },
      staleAfterDays: checked.read('apps.<app>.staleAfterDays', name),
    })
  }
  return { byName, withoutCredential }
}
