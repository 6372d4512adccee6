// The names that the options of an emulator may have: plain JavaScript is told of a wrong one, too.
import { nearestName } from '../util/nearest-name.ts'
import { EmulatorError } from './emulator-error.ts'
import type {
  EmulatedApnsOptions,
  EmulatedC2dmOptions,
  EmulatedFcmOptions,
  EmulatedWebPushOptions,
  EmulatorOptions,
} from './emulator-options.ts'

/** Complete by type. */
type Names<Options> = Readonly<Record<keyof Options, true>>

const NAMES: Names<EmulatorOptions> = {
  host: true,
  port: true,
  fcmPort: true,
  webpushPort: true,
  apnsPort: true,
  apnsSandboxPort: true,
  allowedHosts: true,
  clock: true,
  random: true,
  c2dm: true,
  fcm: true,
  webpush: true,
  apns: true,
  quotas: true,
  keepRequests: true,
  bench: true,
}

const C2DM: Names<EmulatedC2dmOptions> = {
  user: true,
  password: true,
  accountType: true,
  appName: true,
  countBytes: true,
  tokenSends: true,
  tokenLifetimeMs: true,
}

const FCM: Names<EmulatedFcmOptions> = { projectId: true, tokenSends: true, tokenLifetimeMs: true, maxStreams: true }

const WEBPUSH: Names<EmulatedWebPushOptions> = { maxStreams: true, stateFile: true }

const APNS: Names<EmulatedApnsOptions> = {
  bundleId: true,
  teamId: true,
  keyId: true,
  maxStreams: true,
  firstStreams: true,
  idleMs: true,
}

/** Throws EMULATOR_INPUT. */
export function assertKnownOptions(options: EmulatorOptions): void {
  assertNames(options, NAMES)
  const { c2dm, fcm, webpush, apns } = options
  for (const [service, given, names] of [
    ['c2dm', c2dm, C2DM],
    ['fcm', fcm, FCM],
    ['webpush', webpush, WEBPUSH],
    ['apns', apns, APNS],
  ] as const) {
    if (given === undefined) continue
    if (typeof given !== 'object')
      throw new EmulatorError('EMULATOR_INPUT', `The option "${service}" must be an object.`)
    assertNames(given, names, `${service}.`)
  }
}

function assertNames(options: object, names: Readonly<Record<string, true>>, prefix = ''): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name))
  if (unknown === undefined) return
  const nearest = nearestName(unknown, Object.keys(names))
  const hint = nearest === undefined ? '.' : `; did you mean "${prefix}${nearest}"?`
  throw new EmulatorError('EMULATOR_INPUT', `There is no option "${prefix}${unknown}"${hint}`)
}
