// One app's APNs: its key or certificate, its topic and environment, its waits.
import { readFileSync } from 'node:fs'
import type { ApnsEnvironment } from '../../protocols/apns.ts'
import { credentialProblem } from '../../transports/apns/options.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'
import { type ResolvedProxy, resolveCertificates, resolveProxy, resolveRetry } from './resolve-service.ts'

export interface ResolvedApns extends ResolvedCredential {
  readonly topic: string | undefined
  readonly environment: ApnsEnvironment
  readonly url: string
  readonly sandboxUrl: string
  /** PEM text. */
  readonly ca: string | undefined
  readonly proxy: ResolvedProxy | undefined
  readonly confirmationText: string
  readonly confirmationFollowUpMs: number
  readonly maxInFlight: number
  readonly outageMs: number
  readonly retry: BackoffPolicy
}

/** Keys and certificate as PEM text. */
interface ResolvedCredential {
  readonly key: string | undefined
  readonly keyId: string | undefined
  readonly teamId: string | undefined
  readonly certificate: string | undefined
  readonly certificateKey: string | undefined
}

/** Adds to the problems of `checked`. */
export function resolveApns(app: string, checked: CheckedOptions): ResolvedApns {
  return {
    ...resolveCredential(app, checked),
    topic: resolveTopic(app, checked),
    environment: checked.read('apps.<app>.apns.environment', app),
    url: checked.read('apps.<app>.apns.url', app),
    sandboxUrl: checked.read('apps.<app>.apns.sandboxUrl', app),
    ca: resolveCertificates('apps.<app>.apns.ca', app, checked),
    proxy: resolveProxy(checked),
    confirmationText: checked.read('apps.<app>.apns.confirmationText', app),
    confirmationFollowUpMs: Math.round(checked.read('apps.<app>.apns.confirmationFollowUpSeconds', app) * 1000),
    maxInFlight: checked.read('apps.<app>.apns.maxInFlight', app),
    outageMs: Math.round(checked.read('apps.<app>.apns.outageSeconds', app) * 1000),
    retry: resolveRetry('apps.<app>.apns', app, checked),
  }
}

function resolveTopic(app: string, checked: CheckedOptions): string | undefined {
  const topic = checked.read('apps.<app>.apns.topic', app)
  if (topic !== undefined && /^[A-Za-z0-9.-]+$/.test(topic)) return topic
  if (!checked.isRefused(`apps.${app}.apns.topic`)) {
    const label = checked.label('apps.<app>.apns.topic', app)
    checked.problems.push(`${label} must be the bundle id of the application: letters, digits, hyphens and periods.`)
  }
  return undefined
}

function resolveCredential(app: string, checked: CheckedOptions): ResolvedCredential {
  const isRefused = checked.isRefused(`apps.${app}.apns`)
  const problemsBefore = checked.problems.length
  const credential = {
    key: readPem('apps.<app>.apns.key', app, checked),
    keyId: checked.read('apps.<app>.apns.keyId', app),
    teamId: checked.read('apps.<app>.apns.teamId', app),
    certificate: readPem('apps.<app>.apns.certificate', app, checked),
    certificateKey: readPem('apps.<app>.apns.certificateKey', app, checked),
  }
  // A value that was refused, or a file that cannot be read, is no missing one.
  if (isRefused || checked.problems.length > problemsBefore) return credential
  const found = credentialProblem(credential)
  if (found !== undefined) {
    checked.problems.push(`${checked.label(`apps.<app>.apns.${found.name}`, app)} ${found.problem}`)
  }
  return credential
}

type PemOption = `apps.<app>.apns.${'key' | 'certificate' | 'certificateKey'}`

/** The text, from a file where a path is given. */
function readPem(option: PemOption, app: string, checked: CheckedOptions): string | undefined {
  const given = checked.read(option, app)
  if (given === undefined || given.includes('-----BEGIN')) return given
  try {
    return readFileSync(given, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    checked.problems.push(`${checked.label(option, app)} names a file that cannot be read (${code}).`)
    return undefined
  }
}
