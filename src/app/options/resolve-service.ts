// What the options of every push service share: its waits, its certificates, its proxy.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'

type Service = 'apps.<app>.c2dm' | 'apps.<app>.fcm' | 'apps.<app>.apns' | 'apps.<app>.webpush'

export interface ResolvedProxy {
  readonly url: string
  readonly except: readonly string[]
}

/** The proxy of all apps. */
export function resolveProxy(checked: CheckedOptions): ResolvedProxy | undefined {
  const url = checked.read('proxy.url')
  return url === undefined ? undefined : { url, except: checked.read('proxy.except') }
}

/** The waits of a push service. Adds to the problems of `checked`. */
export function resolveRetry(service: Service, app: string, checked: CheckedOptions): BackoffPolicy {
  const base = checked.read(`${service}.retryBaseSeconds`, app)
  const cap = checked.read(`${service}.retryCapSeconds`, app)
  if (base > cap) {
    const label = checked.label(`${service}.retryBaseSeconds`, app)
    checked.problems.push(`${label} is ${base}; it must not exceed retryCapSeconds, which is ${cap}.`)
  }
  return { baseMs: Math.round(base * 1000), capMs: Math.round(cap * 1000) }
}

/** PEM text, from a file where a path is given. Adds to the problems of `checked`. */
export function resolveCertificates(path: `${Service}.ca`, app: string, checked: CheckedOptions): string | undefined {
  const given = checked.read(path, app)
  if (given === undefined) return undefined
  const label = checked.label(path, app)
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
