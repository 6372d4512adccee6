// The push services on localhost, for anybody's tests: ClientLogin and C2DM, Google's token endpoint and FCM, with virtual
// devices and faults on demand.
import {
  C2DM_SEND_PATH,
  CLIENT_LOGIN_PATH,
  type ClientLoginAccountType,
  GOOGLE_LOGIN_SCHEME,
} from '../protocols/c2dm.ts'
import { systemClock } from '../util/clock.ts'
import { type Random, systemRandom } from '../util/random.ts'
import { type Captcha, createCaptchas } from './c2dm/captchas.ts'
import { createClientLogin } from './c2dm/client-login.ts'
import { createC2dm } from './c2dm/send.ts'
import type { ByteCounting } from './c2dm/send-form.ts'
import { createControlApi } from './control/control-api.ts'
import { createDeviceTable, type DeviceInput } from './devices/device-table.ts'
import type {
  AddressKind,
  DeviceService,
  DeviceState,
  HandshakeInput,
  HandshakeResult,
  InboxMessage,
  VirtualDevice,
} from './devices/virtual-device.ts'
import { EmulatorError, type EmulatorErrorCode, HandshakeError, type HandshakeStep } from './emulator-error.ts'
import {
  type EmulatedC2dmOptions,
  type EmulatedFcmOptions,
  type EmulatorOptions,
  resolveFcmOptions,
} from './emulator-options.ts'
import { createFaultBook, type Fault, type FaultBook } from './faults/fault-book.ts'
import type { EmulatedService, FaultEffect, FaultRule } from './faults/fault-rule.ts'
import { type EmulatedFcm, type FcmCredentials, startFcmService } from './fcm/fcm-service.ts'
import { type ServiceAccountKey, serviceAccountPrivateKey } from './google-oauth/service-account.ts'
import type { NextOptions } from './sequence-log.ts'
import { createIssuedTokens } from './server/issued-tokens.ts'
import { startPlainServer } from './server/plain-server.ts'
import { createRequestJournal, type RequestJournal, type RequestRecord } from './server/request-journal.ts'
import { createLocalhostCertificate } from './tls/certificate.ts'

export type {
  AddressKind,
  ByteCounting,
  Captcha,
  DeviceInput,
  DeviceService,
  DeviceState,
  EmulatedC2dmOptions,
  EmulatedFcm,
  EmulatedFcmOptions,
  EmulatedService,
  EmulatorErrorCode,
  EmulatorOptions,
  Fault,
  FaultBook,
  FaultEffect,
  FaultRule,
  FcmCredentials,
  HandshakeInput,
  HandshakeResult,
  HandshakeStep,
  InboxMessage,
  NextOptions,
  RequestJournal,
  RequestRecord,
  ServiceAccountKey,
  VirtualDevice,
}
export { EmulatorError, HandshakeError }

export interface C2dmCredentials {
  readonly user: string
  readonly password: string
  readonly accountType: ClientLoginAccountType
  readonly appName: string
}

export interface EmulatorDevices {
  /** Throws EMULATOR_INPUT or EMULATOR_CONFLICT. */
  create(input?: DeviceInput): VirtualDevice
  /** By short id or address. */
  get(id: string): VirtualDevice | undefined
  list(): VirtualDevice[]
  /** Whether there was one. Its waits end with EMULATOR_CLOSED; sends to it are answered InvalidRegistration. */
  remove(id: string): boolean
  clear(): void
}

/** Services that send with tokens of their own. */
export type TokenService = 'c2dm' | 'fcm'

export interface Emulator {
  /** Base of the control API, such as http://127.0.0.1:7320. */
  readonly url: string
  readonly services: {
    readonly c2dm: { readonly clientLoginUrl: string; readonly sendUrl: string }
    /** `url` stands in the place of https://fcm.googleapis.com. */
    readonly fcm: { readonly url: string; readonly tokenUrl: string }
  }
  readonly credentials: { readonly c2dm: C2dmCredentials; readonly fcm: FcmCredentials }
  /** PEM: the authority that signed the certificate of FCM and its token endpoint, made when this emulator started. */
  readonly ca: string
  readonly devices: EmulatorDevices
  readonly faults: FaultBook
  readonly requests: RequestJournal
  readonly fcm: EmulatedFcm
  /** Captchas that a login was asked for and that are not solved yet, with their answers. */
  captchas(): Captcha[]
  /** Every token issued so far, or those of one service, is refused from now on. */
  expireTokens(service?: TokenService): void
  /** As freshly started, on the same ports with the same credentials: no devices, faults, tokens, captchas, requests. */
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
 * const phone = emulator.devices.create({ service: 'fcm' })
 * // … send to phone.address through emulator.services.fcm.url, trusting emulator.ca …
 * const { data } = await phone.nextMessage()
 * ```
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', port = 0, fcmPort = 0, clock = systemClock, random = systemRandom, c2dm = {} } = options
  const { bench = false } = options
  const account = c2dmCredentials(c2dm, random)
  const { countBytes = 'encoded', tokenSends, tokenLifetimeMs } = c2dm
  // Without padding: clients of the time split a line at its last "=".
  const newToken = () => `DQAAA${random.bytes(120).toString('base64url')}`
  const tokens = createIssuedTokens({ clock, scheme: GOOGLE_LOGIN_SCHEME, newToken, tokenSends, tokenLifetimeMs })
  const devices = createDeviceTable(clock, random)
  const faults = createFaultBook()
  const requests = createRequestJournal(clock, !bench)
  const captchas = createCaptchas(random)
  const closing = new AbortController()
  const certificate = createLocalhostCertificate(random)
  const serving = { host, clock, journal: requests, closing: closing.signal }

  const fcm = await startFcmService({
    ...serving,
    port: fcmPort,
    certificate,
    privateKey: await serviceAccountPrivateKey(),
    options: resolveFcmOptions(options.fcm),
    devices,
    faults,
    random,
    bench,
  })
  const judgeLogin = createClientLogin({ account, tokens, captchas, faults, clock, random })
  const judgeSend = createC2dm({ devices, tokens, faults, clock, random, countBytes })
  const server = await startPlainServer({
    ...serving,
    port,
    endpoints: new Map([
      [CLIENT_LOGIN_PATH, { service: 'client-login', bodyEncoding: 'latin1', judge: judgeLogin }],
      [C2DM_SEND_PATH, { service: 'c2dm', bodyEncoding: 'latin1', judge: judgeSend }],
    ]),
    control: createControlApi({ devices, faults, requests, fcm, captchas, describe, expireTokens, reset }),
  }).catch(async (error: unknown) => {
    await fcm.close()
    throw error
  })
  const { url } = server
  const services = {
    c2dm: { clientLoginUrl: `${url}${CLIENT_LOGIN_PATH}`, sendUrl: `${url}${C2DM_SEND_PATH}` },
    fcm: { url: fcm.url, tokenUrl: fcm.tokenUrl },
  }
  const credentials = { c2dm: account, fcm: fcm.credentials }

  function describe() {
    return { name: 'sendword-emulator', url, services, credentials, ca: certificate.ca }
  }

  function expireTokens(service?: TokenService): void {
    if (service !== 'fcm') tokens.expireAll()
    if (service !== 'c2dm') fcm.expireTokens()
  }

  function reset(): void {
    devices.clear()
    faults.clear()
    tokens.expireAll()
    fcm.reset()
    captchas.clear()
    requests.clear()
  }

  async function close(): Promise<void> {
    const error = new EmulatorError('EMULATOR_CLOSED', 'The emulator has been closed.')
    closing.abort(error)
    devices.clear()
    requests.end(error)
    await Promise.all([server.close(), fcm.close()])
  }

  return {
    url,
    services,
    credentials,
    ca: certificate.ca,
    devices,
    faults,
    requests,
    fcm,
    captchas: captchas.list,
    expireTokens,
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
