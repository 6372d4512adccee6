// The push services on localhost, for anybody's tests: ClientLogin and C2DM, Google's token endpoint and FCM, Web Push,
// with virtual devices and faults on demand.
import { C2DM_SEND_PATH, CLIENT_LOGIN_PATH } from '../protocols/c2dm.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { type C2dmCredentials, createC2dmService } from './c2dm/c2dm-service.ts'
import type { Captcha } from './c2dm/captchas.ts'
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
  type EmulatedWebPushOptions,
  type EmulatorOptions,
  resolveFcmOptions,
  resolveWebPushOptions,
} from './emulator-options.ts'
import { createFaultBook, type Fault, type FaultBook } from './faults/fault-book.ts'
import type { EmulatedService, FaultEffect, FaultRule } from './faults/fault-rule.ts'
import { type EmulatedFcm, type FcmCredentials, startFcmService } from './fcm/fcm-service.ts'
import { type ServiceAccountKey, serviceAccountPrivateKey } from './google-oauth/service-account.ts'
import type { NextOptions } from './sequence-log.ts'
import { startPlainServer } from './server/plain-server.ts'
import { createRequestJournal, type RequestJournal, type RequestRecord } from './server/request-journal.ts'
import { createLocalhostCertificate } from './tls/certificate.ts'
import { isWebPushPath } from './webpush/send.ts'
import { type EmulatedWebPush, startWebPushService } from './webpush/webpush-service.ts'

export type {
  AddressKind,
  ByteCounting,
  C2dmCredentials,
  Captcha,
  DeviceInput,
  DeviceService,
  DeviceState,
  EmulatedC2dmOptions,
  EmulatedFcm,
  EmulatedFcmOptions,
  EmulatedService,
  EmulatedWebPush,
  EmulatedWebPushOptions,
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
    /**
     * `url` is where the endpoints of virtual devices are, over TLS; `plainUrl` those of real browsers, which find the
     * service at `autopushUrl` (Firefox: `dom.push.serverURL`).
     */
    readonly webpush: { readonly url: string; readonly plainUrl: string; readonly autopushUrl: string }
  }
  readonly credentials: { readonly c2dm: C2dmCredentials; readonly fcm: FcmCredentials }
  /** PEM: the authority that signed the certificate of the TLS ports, made when this emulator started. */
  readonly ca: string
  readonly devices: EmulatorDevices
  readonly faults: FaultBook
  readonly requests: RequestJournal
  readonly fcm: EmulatedFcm
  readonly webpush: EmulatedWebPush
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
  const { host = '127.0.0.1', port = 0, clock = systemClock, random = systemRandom, bench = false } = options
  let endpointBase = ''
  const devices = createDeviceTable(clock, random, () => endpointBase)
  const faults = createFaultBook()
  const requests = createRequestJournal(clock, !bench)
  const closing = new AbortController()
  const certificate = createLocalhostCertificate(random)
  const serving = { host, clock, journal: requests, closing: closing.signal }
  const emulating = { ...serving, certificate, devices, faults, random, bench }
  const running: Closable[] = []

  const c2dm = createC2dmService({ options: options.c2dm ?? {}, devices, faults, clock, random })
  const fcmStarting = startFcmService({
    ...emulating,
    port: options.fcmPort ?? 0,
    privateKey: await serviceAccountPrivateKey(),
    options: resolveFcmOptions(options.fcm),
  })
  const fcm = await beside(running, fcmStarting)
  const webpushStarting = startWebPushService({
    ...emulating,
    port: options.webpushPort ?? 0,
    options: resolveWebPushOptions(options.webpush),
  })
  const webpush = await beside(running, webpushStarting)
  endpointBase = webpush.url
  const { captchas } = c2dm
  const serverStarting = startPlainServer({
    ...serving,
    port,
    endpointAt: (path) => (isWebPushPath(path) ? webpush.plainEndpoint : c2dm.endpoints.get(path)),
    control: createControlApi({ devices, faults, requests, fcm, captchas, describe, expireTokens, reset }),
    upgrade: (_request, socket) => socket.destroy(),
  })
  const { url } = await beside(running, serverStarting)
  const services = {
    c2dm: { clientLoginUrl: `${url}${CLIENT_LOGIN_PATH}`, sendUrl: `${url}${C2DM_SEND_PATH}` },
    fcm: { url: fcm.url, tokenUrl: fcm.tokenUrl },
    webpush: { url: webpush.url, plainUrl: url, autopushUrl: `${url.replace('http', 'ws')}/autopush` },
  }
  const credentials = { c2dm: c2dm.credentials, fcm: fcm.credentials }

  function describe() {
    return { name: 'sendword-emulator', url, services, credentials, ca: certificate.ca }
  }

  function expireTokens(service?: TokenService): void {
    if (service !== 'fcm') c2dm.expireTokens()
    if (service !== 'c2dm') fcm.expireTokens()
  }

  function reset(): void {
    devices.clear()
    faults.clear()
    c2dm.expireTokens()
    fcm.reset()
    webpush.reset()
    captchas.clear()
    requests.clear()
  }

  async function close(): Promise<void> {
    const error = new EmulatorError('EMULATOR_CLOSED', 'The emulator has been closed.')
    closing.abort(error)
    devices.clear()
    requests.end(error)
    await closeAll(running)
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
    webpush,
    captchas: captchas.list,
    expireTokens,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Closable {
  close(): Promise<void>
}

/** Waits until it has started; when it cannot, nothing is left running. */
async function beside<Service extends Closable>(running: Closable[], starting: Promise<Service>): Promise<Service> {
  try {
    const service = await starting
    running.push(service)
    return service
  } catch (error) {
    await closeAll(running)
    throw error
  }
}

async function closeAll(running: readonly Closable[]): Promise<void> {
  await Promise.all(running.map((service) => service.close()))
}
