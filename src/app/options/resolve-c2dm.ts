// One app's C2DM: its account or token, its certificates, its waits.
import type { ClientLoginAccountType } from '../../protocols/c2dm.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'
import { resolveCertificates, resolveRetry } from './resolve-service.ts'

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
    ca: resolveCertificates('apps.<app>.c2dm.ca', app, checked),
    maxInFlight: checked.read('apps.<app>.c2dm.maxInFlight', app),
    retry: resolveRetry('apps.<app>.c2dm', app, checked),
  }
}

function missingCredential(user?: string, password?: string, token?: string): string | undefined {
  if (token !== undefined || (user !== undefined && password !== undefined)) return undefined
  if (user !== undefined) return 'a user, but no password'
  return password === undefined ? 'neither user and password nor token' : 'a password, but no user'
}
