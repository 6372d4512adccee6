// The push services on localhost, for anybody's tests: ClientLogin and C2DM, with virtual devices and faults on demand.
import { C2DM_SEND_PATH, CLIENT_LOGIN_PATH, type ClientLoginAccountType } from '../protocols/c2dm.ts'
import { type Clock, systemClock } from '../util/clock.ts'
import { type Random, systemRandom } from '../util/random.ts'
import { createAuthTokens } from './c2dm/auth-tokens.ts'
import { type Captcha, createCaptchas } from './c2dm/captchas.ts'
import { createClientLogin } from './c2dm/client-login.ts'
import { createC2dm } from './c2dm/send.ts'
import type { ByteCounting } from './c2dm/send-form.ts'
import { createControlApi } from './control/control-api.ts'
import { createDeviceTable, type DeviceInput } from './devices/device-table.ts'
import type {
  DeviceState,
  HandshakeInput,
  HandshakeResult,
  InboxMessage,
  VirtualDevice,
} from './devices/virtual-device.ts'
import { EmulatorError, type EmulatorErrorCode, HandshakeError, type HandshakeStep } from './emulator-error.ts'
import { createFaultBook, type Fault, type FaultBook } from './faults/fault-book.ts'
import type { EmulatedService, FaultEffect, FaultRule } from './faults/fault-rule.ts'
import type { NextOptions } from './sequence-log.ts'
import { startEmulatorServer } from './server/plain-server.ts'
import { createRequestJournal, type RequestJournal, type RequestRecord } from './server/request-journal.ts'

export type {
  ByteCounting,
  Captcha,
  DeviceInput,
  DeviceState,
  EmulatedService,
  EmulatorErrorCode,
  Fault,
  FaultBook,
  FaultEffect,
  FaultRule,
  HandshakeInput,
  HandshakeResult,
  HandshakeStep,
  InboxMessage,
  NextOptions,
  RequestJournal,
  RequestRecord,
  VirtualDevice,
}
export { EmulatorError, HandshakeError }

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

export interface EmulatorOptions {
  /** Where to listen. Default 127.0.0.1: there is no authentication, so think twice before naming another. */
  readonly host?: string | undefined
  /** For the services and the control API. Default 0: any free port. */
  readonly port?: number | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly c2dm?: EmulatedC2dmOptions | undefined
}

export interface C2dmCredentials {
  readonly user: string
  readonly password: string
  readonly accountType: ClientLoginAccountType
  readonly appName: string
}

export interface EmulatorDevices {
  /** Throws EMULATOR_INPUT or EMULATOR_CONFLICT. */
  create(input?: DeviceInput): VirtualDevice
  /** By short id or registration id. */
  get(id: string): VirtualDevice | undefined
  list(): VirtualDevice[]
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; sends to it are answered InvalidRegistration. */
  remove(id: string): boolean
  clear(): void
}

export interface Emulator {
  /** Base of the control API, such as http://127.0.0.1:7320. */
  readonly url: string
  readonly services: { readonly c2dm: { readonly clientLoginUrl: string; readonly sendUrl: string } }
  readonly credentials: { readonly c2dm: C2dmCredentials }
  readonly devices: EmulatorDevices
  readonly faults: FaultBook
  readonly requests: RequestJournal
  /** Captchas that a login was asked for and that are not solved yet, with their answers. */
  captchas(): Captcha[]
  /** Every token issued so far is refused from now on. */
  expireTokens(): void
  /** As freshly started, on the same port with the same credentials: no devices, faults, tokens, captchas, requests. */
  reset(): void
  /** Ends every connection, also those that wait for an answer, and every wait. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts an emulator.
 *
 * @example
 * ```ts
 * await using emulator = await createEmulator()
 * const phone = emulator.devices.create()
 * // … send to phone.registrationId through emulator.services.c2dm.sendUrl …
 * const { data } = await phone.nextMessage()
 * ```
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, random = systemRandom, c2dm = {} } = options
  const credentials = { c2dm: c2dmCredentials(c2dm, random) }
  const { countBytes = 'encoded', tokenSends, tokenLifetimeMs } = c2dm
  const tokens = createAuthTokens({ clock, random, tokenSends, tokenLifetimeMs })
  const devices = createDeviceTable(clock, random)
  const faults = createFaultBook()
  const requests = createRequestJournal(clock)
  const captchas = createCaptchas(random)
  const closing = new AbortController()

  const judgeLogin = createClientLogin({ account: credentials.c2dm, tokens, captchas, faults, clock, random })
  const judgeSend = createC2dm({ devices, tokens, faults, clock, random, countBytes })
  const server = await startEmulatorServer({
    host,
    port,
    clock,
    journal: requests,
    closing: closing.signal,
    paths: new Map([
      [CLIENT_LOGIN_PATH, { service: 'client-login', judge: judgeLogin }],
      [C2DM_SEND_PATH, { service: 'c2dm', judge: judgeSend }],
    ]),
    control: createControlApi({ devices, faults, requests, tokens, captchas, describe, reset }),
  })
  const { url } = server
  const services = { c2dm: { clientLoginUrl: `${url}${CLIENT_LOGIN_PATH}`, sendUrl: `${url}${C2DM_SEND_PATH}` } }

  function describe() {
    // No certificate of its own yet: every service is plain HTTP.
    return { name: 'sendword-emulator', url, services, credentials, ca: null }
  }

  function reset(): void {
    devices.clear()
    faults.clear()
    tokens.expireAll()
    captchas.clear()
    requests.clear()
  }

  async function close(): Promise<void> {
    const error = new EmulatorError('EMULATOR_CLOSED', 'The emulator has been closed.')
    closing.abort(error)
    devices.clear()
    requests.end(error)
    await server.close()
  }

  return {
    url,
    services,
    credentials,
    devices,
    faults,
    requests,
    captchas: captchas.list,
    expireTokens: tokens.expireAll,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function c2dmCredentials(options: EmulatedC2dmOptions, random: Random): C2dmCredentials {
  return {
    user: options.user ?? 'emulator@example.com',
    password: options.password ?? random.bytes(12).toString('base64url'),
    accountType: options.accountType ?? 'GOOGLE',
    appName: options.appName ?? 'sendword-emulator-1',
  }
}
