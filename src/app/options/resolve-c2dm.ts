// One app's C2DM: its account or token, its certificates, its waits.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ClientLoginAccountType } from '../../protocols/c2dm.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'

export interface ResolvedC2dm {
  readonly user: string | undefined
  readonly password: string | undefined
  readonly accountType: ClientLoginAccountType
  readonly appName: string
  readonly token: string | undefined
  readonly c2dmUrl: string
  readonly clientLoginUrl: string
  /** PEM text. */
  readonly ca: string | undefined
  readonly maxInFlight: number
  readonly retry: BackoffPolicy
}

/** Adds to the problems of `checked`; a missing credential goes to `withoutCredential` instead. */
export function resolveC2dm(app: string, checked: CheckedOptions, withoutCredential: string[]): ResolvedC2dm {
  const user = checked.read('apps.<app>.c2dm.user', app)
  const password = checked.read('apps.<app>.c2dm.password', app)
  const token = checked.read('apps.<app>.c2dm.token', app)
  const missing = missingCredential(user, password, token)
  // A credential that was given and refused is not missing.
  if (missing !== undefined && !checked.isRefused(`apps.${app}.c2dm`))
    withoutCredential.push(`apps.${app}.c2dm has ${missing}.`)
  return {
    user,
    password,
    accountType: checked.read('apps.<app>.c2dm.accountType', app),
    appName: checked.read('apps.<app>.c2dm.appName', app),
    token,
    c2dmUrl: checked.read('apps.<app>.c2dm.url', app),
    clientLoginUrl: checked.read('apps.<app>.c2dm.clientLoginUrl', app),
    ca: resolveCertificates(app, checked),
    maxInFlight: checked.read('apps.<app>.c2dm.maxInFlight', app),
    retry: resolveRetry(app, checked),
  }
}

function missingCredential(user?: string, password?: string, token?: string): string | undefined {
  if (token !== undefined || (user !== undefined && password !== undefined)) return undefined
  if (user !== undefined) return 'a user, but no password'
  return password === undefined ? 'neither user and password nor token' : 'a password, but no user'
}

function resolveRetry(app: string, checked: CheckedOptions): BackoffPolicy {
  const base = checked.read('apps.<app>.c2dm.retryBaseSeconds', app)
  const cap = checked.read('apps.<app>.c2dm.retryCapSeconds', app)
  if (base > cap) {
    const label = checked.label('apps.<app>.c2dm.retryBaseSeconds', app)
    checked.problems.push(`${label} is ${base}; it must not exceed retryCapSeconds, which is ${cap}.`)
  }
  return { baseMs: Math.round(base * 1000), capMs: Math.round(cap * 1000) }
}

function resolveCertificates(app: string, checked: CheckedOptions): string | undefined {
  const given = checked.read('apps.<app>.c2dm.ca', app)
  if (given === undefined) return undefined
  const label = checked.label('apps.<app>.c2dm.ca', app)
  try {
    const pem = given.includes('-----BEGIN') ? given : readFileSync(given, 'utf8')
    new X509Certificate(pem)
    return pem
  } catch (error) {
    checked.problems.push(`${label} ${whyUnusable(error)}; it must be certificates in PEM form, or a file with them.`)
    return undefined
  }
}

function whyUnusable(error: unknown): string {
  const isFileError = error instanceof Error && 'syscall' in error && 'code' in error
  return isFileError ? `names a file that cannot be read (${error.code})` : 'holds no certificate'
}
