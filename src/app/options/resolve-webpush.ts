// One app's Web Push: its key pair, who answers for it, which hosts it sends to, its waits.
import { isVapidSubject } from '../../transports/webpush/options.ts'
import { readVapidKeys } from '../../transports/webpush/vapid-keys.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { CheckedOptions } from './check-options.ts'
import { type ResolvedProxy, resolveCertificates, resolveProxy, resolveRetry } from './resolve-service.ts'

export interface ResolvedWebPush {
  readonly vapid: ResolvedVapid
  readonly allowedHosts: readonly string[]
  readonly allowPrivateAddresses: readonly string[]
  /** PEM text. */
  readonly ca: string | undefined
  readonly proxy: ResolvedProxy | undefined
  readonly encryptionThreads: number | undefined
  readonly maxInFlight: number
  readonly retry: BackoffPolicy
}

export interface ResolvedVapid {
  /** Both, or neither: then a pair is made and kept. */
  readonly publicKey: string | undefined
  readonly privateKey: string | undefined
  readonly subject: string | undefined
}

/** Adds to the problems of `checked`. */
export function resolveWebPush(app: string, checked: CheckedOptions): ResolvedWebPush {
  return {
    vapid: { ...resolveKeys(app, checked), subject: resolveSubject(app, checked) },
    allowedHosts: checked.read('apps.<app>.webpush.allowedHosts', app),
    allowPrivateAddresses: checked.read('apps.<app>.webpush.allowPrivateAddresses', app),
    ca: resolveCertificates('apps.<app>.webpush.ca', app, checked),
    proxy: resolveProxy(checked),
    encryptionThreads: checked.read('apps.<app>.webpush.encryptionThreads', app),
    maxInFlight: checked.read('apps.<app>.webpush.maxInFlight', app),
    retry: resolveRetry('apps.<app>.webpush', app, checked),
  }
}

function resolveKeys(app: string, checked: CheckedOptions) {
  const publicKey = checked.read('apps.<app>.webpush.vapid.publicKey', app)
  const privateKey = checked.read('apps.<app>.webpush.vapid.privateKey', app)
  if (checked.isRefused(`apps.${app}.webpush.vapid`)) return { publicKey: undefined, privateKey: undefined }
  if (publicKey === undefined && privateKey === undefined) return { publicKey, privateKey }
  if (publicKey === undefined || privateKey === undefined) {
    checked.problems.push(`apps.${app}.webpush.vapid needs both publicKey and privateKey, or neither.`)
    return { publicKey: undefined, privateKey: undefined }
  }
  const keys = readVapidKeys({ publicKey, privateKey })
  if ('problem' in keys) checked.problems.push(`apps.${app}.webpush.vapid holds no key pair: ${keys.problem}`)
  return { publicKey, privateKey }
}

/** Apple refuses tokens that name nobody, so that what is known of the operator stands in. */
function resolveSubject(app: string, checked: CheckedOptions): string | undefined {
  const origins = checked.read('apps.<app>.corsOrigins', app)
  const [admin] = checked.read('mail.admins')
  const known = [...origins, ...(admin === undefined ? [] : [`mailto:${admin}`])]
  return checked.read('apps.<app>.webpush.vapid.subject', app) ?? known.find(isVapidSubject)
}
