// What an emulator can be told when it starts.
import type { ClientLoginAccountType } from '../protocols/c2dm.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { ByteCounting } from './c2dm/send-form.ts'
import { EmulatorError } from './emulator-error.ts'
import type { QuotaOptions } from './quotas/quota-settings.ts'

export interface EmulatedC2dmOptions {
  /** E-mail address of the only account. Default emulator@example.com. */
  readonly user?: string | undefined
  /** Default: generated. */
  readonly password?: string | undefined
  /** A login must name this type or HOSTED_OR_GOOGLE. Default GOOGLE. */
  readonly accountType?: ClientLoginAccountType | undefined
  /** Shown with the credentials; any `source` is taken. Default sendword-emulator-1. */
  readonly appName?: string | undefined
  /** How the 1024 bytes of a message are counted. Default `encoded`. */
  readonly countBytes?: ByteCounting | undefined
  /** A token is refused (401) after so many sends. Default: never. */
  readonly tokenSends?: number | undefined
  /** A token is refused (401) so many milliseconds after it was issued. Default: never. */
  readonly tokenLifetimeMs?: number | undefined
}

export interface EmulatedFcmOptions {
  /** Default sendword-emulator. Lower-case letters, digits and hyphens, 6 to 30, as Google has them. */
  readonly projectId?: string | undefined
  /** An access token is refused (401) after so many sends. Default: never. */
  readonly tokenSends?: number | undefined
  /** An access token lives so many milliseconds; `expires_in` says so in whole seconds. Default 3,599,000. */
  readonly tokenLifetimeMs?: number | undefined
  /** SETTINGS_MAX_CONCURRENT_STREAMS of the HTTP/2 connections, 1 to 2^31 - 1. Default 100. */
  readonly maxStreams?: number | undefined
}

export interface EmulatedWebPushOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS of the HTTP/2 connections, 1 to 2^31 - 1. Default 100. */
  readonly maxStreams?: number | undefined
  /**
   * A file in which the subscriptions of real browsers outlive a restart on the same port; made when it is missing.
   * Default: none, and browsers subscribe anew.
   */
  readonly stateFile?: string | undefined
}

export interface EmulatedApnsOptions {
  /** The app's topic, and what its topics of other push types begin with. Default com.example.sendword. */
  readonly bundleId?: string | undefined
  /** 10 letters and digits, as Apple has them. Default: generated. */
  readonly teamId?: string | undefined
  /** 10 letters and digits, as Apple has them. Default: generated. */
  readonly keyId?: string | undefined
  /** SETTINGS_MAX_CONCURRENT_STREAMS once the sender of a connection is known, 1 to 2^31 - 1. Default 1000. */
  readonly maxStreams?: number | undefined
  /**
   * Streams that a connection may have until its first valid provider token. Default 1, as Apple documents; more for
   * senders that do not wait for SETTINGS before they send much at once.
   */
  readonly firstStreams?: number | undefined
  /** A connection on which nothing came for so many milliseconds ends. Default 3,600,000. */
  readonly idleMs?: number | undefined
}

export interface EmulatorOptions {
  /** Where to listen. Default 127.0.0.1: there is no authentication, so think twice before naming another. */
  readonly host?: string | undefined
  /** For C2DM, ClientLogin, real browsers and the control API, over plain HTTP. Default 0: any free port. */
  readonly port?: number | undefined
  /** For FCM and Google's token endpoint, over TLS. Default 0: any free port. */
  readonly fcmPort?: number | undefined
  /** For Web Push, over TLS. Default 0: any free port. */
  readonly webpushPort?: number | undefined
  /** For APNs' production environment, over TLS. Default 0: any free port. */
  readonly apnsPort?: number | undefined
  /** For APNs' sandbox, over TLS. Default 0: any free port. */
  readonly apnsSandboxPort?: number | undefined
  /**
   * Names of this machine, such as that of a container, by which the control API may be called. Default: none but the `host`,
   * localhost and what ends with .localhost; IP addresses always.
   */
  readonly allowedHosts?: readonly string[] | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly c2dm?: EmulatedC2dmOptions | undefined
  readonly fcm?: EmulatedFcmOptions | undefined
  readonly webpush?: EmulatedWebPushOptions | undefined
  readonly apns?: EmulatedApnsOptions | undefined
  /** Rates that senders are held to, on the emulator's clock. Default: none. */
  readonly quotas?: QuotaOptions | undefined
  /** Requests that are kept, the newest: 0 to 1,000,000. Default 1,000. */
  readonly keepRequests?: number | undefined
  /**
   * For measuring a sender: FCM, APNs and Web Push messages for any address are taken as fast as can be, one request in a
   * hundred is checked (of Web Push all but what is encrypted), and nothing is kept but counts. Faults strike only what
   * is checked. Default false.
   */
  readonly bench?: boolean | undefined
}

export function resolveWebPushOptions(options: EmulatedWebPushOptions = {}) {
  const { maxStreams = 100, stateFile } = options
  assertMaxStreams(maxStreams)
  return { maxStreams, stateFile }
}

const APPLE_ID = /^[A-Z0-9]{10}$/
const BUNDLE_ID = /^[A-Za-z0-9.-]{1,155}$/

export function resolveApnsOptions(options: EmulatedApnsOptions = {}) {
  const { bundleId = 'com.example.sendword', teamId, keyId, maxStreams = 1000 } = options
  const { firstStreams = 1, idleMs = 3_600_000 } = options
  if (!BUNDLE_ID.test(bundleId)) {
    throw new EmulatorError('EMULATOR_INPUT', 'bundleId must be up to 155 letters, digits, dots and hyphens.')
  }
  for (const [name, id] of Object.entries({ teamId, keyId })) {
    if (id === undefined || APPLE_ID.test(id)) continue
    throw new EmulatorError('EMULATOR_INPUT', `${name} is "${id}"; it must be 10 capital letters and digits.`)
  }
  if (!Number.isInteger(idleMs) || idleMs < 1) {
    throw new EmulatorError('EMULATOR_INPUT', 'idleMs must be a whole number from 1.')
  }
  assertMaxStreams(maxStreams)
  assertMaxStreams(firstStreams, 'firstStreams')
  return { bundleId, teamId, keyId, maxStreams, firstStreams, idleMs }
}

const PROJECT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/
const MAX_STREAMS = 2 ** 31 - 1

export function resolveFcmOptions(options: EmulatedFcmOptions = {}) {
  const { projectId = 'sendword-emulator', maxStreams = 100, tokenLifetimeMs = 3_599_000, tokenSends } = options
  if (!PROJECT_ID.test(projectId)) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      `projectId is "${projectId}"; it must be 6 to 30 lower-case letters, digits and hyphens, a letter first.`,
    )
  }
  assertMaxStreams(maxStreams)
  return { projectId, maxStreams, tokenLifetimeMs, tokenSends }
}

export function assertMaxStreams(maxStreams: number, name = 'maxStreams'): void {
  if (Number.isInteger(maxStreams) && maxStreams >= 1 && maxStreams <= MAX_STREAMS) return
  throw new EmulatorError('EMULATOR_INPUT', `${name} must be a whole number from 1 to ${MAX_STREAMS}.`)
}
