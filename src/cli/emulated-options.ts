// `--emulator URL`: every app's push services are those of an emulator, which is asked where they are and how to log in.
import { rootCertificates } from 'node:tls'
import type { ApnsOptions } from '../app/options/apns-options.ts'
import { originsOf, rememberOrigins } from '../app/options/option-origins.ts'
import type { C2dmOptions, FcmOptions, SendwordOptions } from '../app/options/sendword-options.ts'
import type { WebPushOptions } from '../app/options/webpush-options.ts'
import { ConfigError } from '../model/push-error.ts'

const TIMEOUT_MS = 5_000
const DEFAULT_APP = 'default'
const CONTROL_API = 'sendword-emulator'

/** Throws ConfigError PUSH_EMULATOR_UNUSABLE. */
export async function emulatedOptions(options: SendwordOptions, url: string): Promise<SendwordOptions> {
  const emulated = await askEmulator(url)
  const names = new Set([DEFAULT_APP, ...Object.keys(options.apps ?? {})])
  const apps = Object.fromEntries(
    Array.from(names, (name) => {
      const app = options.apps?.[name]
      const c2dm = { ...withoutAccount(app?.c2dm), ...emulated.c2dm }
      // An emulator has no load that must grow slowly.
      const fcm = { rampUpSeconds: 0, ...withoutKey(app?.fcm), ...emulated.fcm }
      const apns = { ...withoutCredential(app?.apns), ...emulated.apns }
      return [name, { ...app, c2dm, fcm, apns, webpush: withEmulator(app?.webpush, emulated.webpush) }]
    }),
  )
  return rememberOrigins({ ...options, apps }, originsOf(options))
}

/** The real account must not go to an emulator, and a real token would go before the emulator's account. */
function withoutAccount(c2dm: C2dmOptions = {}): C2dmOptions {
  const { user: _user, password: _password, token: _token, ca: _ca, ...others } = c2dm
  return others
}

function withoutKey(fcm: FcmOptions = {}): FcmOptions {
  const { serviceAccount: _serviceAccount, projectId: _projectId, ca: _ca, ...others } = fcm
  return others
}

/** The emulator is given its own key, beside which no certificate may stand. */
function withoutCredential(apns: ApnsOptions = {}): ApnsOptions {
  const { certificate: _certificate, certificateKey: _certificateKey, ...others } = apns
  return others
}

/** Browsers bring their push service with them, so that the emulator joins those that are allowed. */
function withEmulator(webpush: WebPushOptions = {}, emulated: EmulatedWebPush): WebPushOptions {
  const { allowedHosts = [], allowPrivateAddresses = [] } = webpush
  return {
    ...webpush,
    // Nobody is to be reached about what an emulator takes.
    vapid: { subject: 'mailto:nobody@sendword.invalid', ...webpush.vapid },
    // The usual authorities too: a browser that comes with a push service of its own goes there.
    ca: [emulated.ca, ...rootCertificates].join('\n'),
    allowedHosts: [...allowedHosts, ...emulated.allowedHosts],
    allowPrivateAddresses: [...allowPrivateAddresses, ...emulated.allowPrivateAddresses],
  }
}

type EmulatedWebPush = Required<Pick<WebPushOptions, 'ca' | 'allowedHosts' | 'allowPrivateAddresses'>>

interface EmulatedApp {
  readonly c2dm: C2dmOptions
  readonly fcm: FcmOptions
  readonly apns: ApnsOptions
  readonly webpush: EmulatedWebPush
}

async function askEmulator(url: string): Promise<EmulatedApp> {
  const control = URL.parse(url)
  if (control === null || !/^https?:$/.test(control.protocol)) throw unusable('is not an http:// or https:// URL', url)
  if (control.username !== '' || control.password !== '') throw unusable('has no user or password to ask for', url)
  const answer = await readControlApi(control).catch((error: unknown) => {
    throw unusable(`cannot be reached (${reasonOf(error)})`, url)
  })
  const emulated = readDescription(answer)
  if (emulated === undefined) throw unusable('is not the control API of an emulator', url)
  return emulated
}

async function readControlApi(control: URL): Promise<unknown> {
  const response = await fetch(control, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' })
  const text = await response.text()
  try {
    return response.ok ? JSON.parse(text) : undefined
  } catch {
    // Whatever answers there, it is not an emulator.
    return undefined
  }
}

interface Description {
  readonly name: string
  readonly services: {
    readonly c2dm: { readonly sendUrl: string; readonly clientLoginUrl: string }
    readonly fcm: { readonly url: string; readonly tokenUrl: string }
    readonly apns: { readonly url: string; readonly sandboxUrl: string }
    readonly webpush: { readonly url: string; readonly plainUrl: string }
  }
  readonly credentials: {
    readonly c2dm: Required<Pick<C2dmOptions, 'user' | 'password' | 'accountType' | 'appName'>>
    readonly fcm: Required<Pick<FcmOptions, 'serviceAccount' | 'projectId'>>
    readonly apns: Required<Pick<ApnsOptions, 'key' | 'keyId' | 'teamId'>> & { readonly bundleId: string }
  }
  /** PEM: what the certificates of FCM, APNs and Web Push are held to; C2DM is plain HTTP. */
  readonly ca: string
}

function readDescription(answer: unknown): EmulatedApp | undefined {
  if (typeof answer !== 'object' || answer === null || !('name' in answer) || answer.name !== CONTROL_API) {
    return undefined
  }
  const { services, credentials, ca } = answer as Description
  const { sendUrl, clientLoginUrl } = services.c2dm
  const { user, password, accountType, appName } = credentials.c2dm
  const { serviceAccount, projectId } = credentials.fcm
  const { url, tokenUrl } = services.fcm
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  return {
    c2dm: { user, password, accountType, appName, url: sendUrl, clientLoginUrl },
    fcm: { serviceAccount, projectId, url, tokenUrl, ca },
    apns: { key, keyId, teamId, topic, ...services.apns, ca },
    webpush: readWebPush(services.webpush, ca),
  }
}

/** Endpoints of virtual devices are at `url`, those of real browsers at `plainUrl`. */
function readWebPush({ url, plainUrl }: Description['services']['webpush'], ca: string): EmulatedWebPush {
  const [secure, plain] = [new URL(url), new URL(plainUrl)]
  const names = new Set([secure.hostname, plain.hostname])
  return { ca, allowedHosts: [secure.host, plain.origin], allowPrivateAddresses: [...names] }
}

function unusable(what: string, url: string): ConfigError {
  return new ConfigError('PUSH_EMULATOR_UNUSABLE', { detail: `${shown(url)} ${what}.` })
}

/** Without user, password and query, which may be secret. */
function shown(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null ? 'The value of --emulator' : `${parsed.origin}${parsed.pathname}`
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} seconds`
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return error instanceof Error ? error.message : String(error)
}
