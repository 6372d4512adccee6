// One app's FCM: its service account or the credentials of the surroundings, its project, its waits.
import { readFileSync } from 'node:fs'
import { readServiceAccount } from '../../transports/fcm/service-account.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'
import { type ResolvedProxy, resolveCertificates, resolveProxy, resolveRetry } from './resolve-service.ts'

export interface ResolvedFcm {
  /** The key as JSON; undefined: Application Default Credentials. */
  readonly serviceAccount: string | undefined
  readonly projectId: string | undefined
  readonly url: string
  readonly tokenUrl: string | undefined
  /** PEM text. */
  readonly ca: string | undefined
  readonly proxy: ResolvedProxy | undefined
  readonly maxInFlight: number
  readonly rampUpSeconds: number
  readonly retry: BackoffPolicy
}

/** Adds to the problems of `checked`. */
export function resolveFcm(app: string, checked: CheckedOptions): ResolvedFcm {
  const projectId = checked.read('apps.<app>.fcm.projectId', app)
  return {
    serviceAccount: resolveServiceAccount(app, checked, projectId),
    projectId,
    url: checked.read('apps.<app>.fcm.url', app),
    tokenUrl: checked.read('apps.<app>.fcm.tokenUrl', app),
    ca: resolveCertificates('apps.<app>.fcm.ca', app, checked),
    proxy: resolveProxy(checked),
    maxInFlight: checked.read('apps.<app>.fcm.maxInFlight', app),
    rampUpSeconds: checked.read('apps.<app>.fcm.rampUpSeconds', app),
    retry: resolveRetry('apps.<app>.fcm', app, checked),
  }
}

function resolveServiceAccount(
  app: string,
  checked: CheckedOptions,
  projectId: string | undefined,
): string | undefined {
  const given = checked.read('apps.<app>.fcm.serviceAccount', app)
  if (given === undefined) return undefined
  const label = checked.label('apps.<app>.fcm.serviceAccount', app)
  const text = typeof given === 'string' ? readKey(given) : JSON.stringify(given)
  if (typeof text !== 'string') {
    checked.problems.push(`${label} names a file that cannot be read (${text.code}).`)
    return undefined
  }
  const account = readServiceAccount(text)
  if ('problem' in account) checked.problems.push(`${label} ${account.problem}`)
  else if (account.projectId === undefined && projectId === undefined) {
    checked.problems.push(`${label} names no project; apps.${app}.fcm.projectId must.`)
  }
  return text
}

/** The text of a key, or of the file at this path. */
function readKey(given: string): string | { readonly code: string } {
  if (given.trimStart().startsWith('{')) return given
  try {
    return readFileSync(given, 'utf8')
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason' }
  }
}
