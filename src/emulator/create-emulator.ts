// The push services on localhost, for anybody's tests: ClientLogin and C2DM, Google's token endpoint and FCM, Web Push
// and APNs, with virtual devices and faults on demand.

import { C2DM_SEND_PATH, CLIENT_LOGIN_PATH } from '../protocols/c2dm.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import type { EmulatedApns } from './apns/apns-service.ts'
import type { ApnsCredentials } from './apns/provider-account.ts'
import { AUTOPUSH_PATH, startAutopush } from './autopush/autopush-server.ts'
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
  ReceiptInput,
  VirtualDevice,
} from './devices/virtual-device.ts'
import { EmulatorError, type EmulatorErrorCode, HandshakeError, type HandshakeStep } from './emulator-error.ts'
import type {
  EmulatedApnsOptions,
  EmulatedC2dmOptions,
  EmulatedFcmOptions,
  EmulatedWebPushOptions,
  EmulatorOptions,
} from './emulator-options.ts'
import { createFaultBook, type Fault, type FaultBook } from './faults/fault-book.ts'
import type { EmulatedService, FaultEffect, FaultRule } from './faults/fault-rule.ts'
import type { EmulatedFcm, FcmCredentials } from './fcm/fcm-service.ts'
import type { ServiceAccountKey } from './google-oauth/service-account.ts'
import type { NextOptions } from './sequence-log.ts'
import { startPlainServer } from './server/plain-server.ts'
import { createRequestJournal, type RequestJournal, type RequestRecord } from './server/request-journal.ts'
import { beside, type Closable, closeAll } from './server/running-servers.ts'
import { createLocalhostCertificate } from './tls/certificate.ts'
import { startTlsServices } from './tls-services.ts'
import { isWebPushPath } from './webpush/send.ts'
import type { EmulatedWebPush } from './webpush/webpush-service.ts'

export type {
  AddressKind,
  ApnsCredentials,
  ByteCounting,
  C2dmCredentials,
  Captcha,
  DeviceInput,
  DeviceService,
  DeviceState,
  EmulatedApns,
  EmulatedApnsOptions,
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
  ReceiptInput,
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
export type TokenService = 'c2dm' | 'fcm' | 'apns'

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
    /** They stand in the place of https://api.push.apple.com and https://api.sandbox.push.apple.com. */
    readonly apns: { readonly url: string; readonly sandboxUrl: string }
  }
  readonly credentials: {
    readonly c2dm: C2dmCredentials
    readonly fcm: FcmCredentials
    readonly apns: ApnsCredentials
  }
  /** PEM: the authority that signed the certificate of the TLS ports, made when this emulator started. */
  readonly ca: string
  readonly devices: EmulatorDevices
  readonly faults: FaultBook
  readonly requests: RequestJournal
  readonly fcm: EmulatedFcm
  readonly webpush: EmulatedWebPush
  readonly apns: EmulatedApns
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
  const { fcm, webpush, apns } = await startTlsServices(emulating, options, running)
  endpointBase = webpush.url
  const serverStarting = startPlainServer({
    ...serving,
    port,
    endpointAt: (path) => (isWebPushPath(path) ? webpush.plainEndpoint : c2dm.endpoints.get(path)),
    control: createControlApi({
      devices,
      faults,
      requests,
      fcm,
      apns,
      captchas: c2dm.captchas,
      describe,
      expireTokens,
      reset,
    }),
    upgrade: (request, socket, head) => autopush.upgrade(request, socket, head),
  })
  const { url } = await beside(running, serverStarting)
  const { stateFile } = options.webpush ?? {}
  const autopush = await beside(running, startAutopush({ devices, clock, random, url, stateFile }))
  const services = {
    c2dm: { clientLoginUrl: `${url}${CLIENT_LOGIN_PATH}`, sendUrl: `${url}${C2DM_SEND_PATH}` },
    fcm: { url: fcm.url, tokenUrl: fcm.tokenUrl },
    webpush: { url: webpush.url, plainUrl: url, autopushUrl: `${url.replace('http', 'ws')}${AUTOPUSH_PATH}` },
    apns: { url: apns.urls.production, sandboxUrl: apns.urls.sandbox },
  }
  const credentials = { c2dm: c2dm.credentials, fcm: fcm.credentials, apns: apns.credentials }

  function describe() {
    return { name: 'sendword-emulator', url, services, credentials, ca: certificate.ca }
  }

  function expireTokens(service?: TokenService): void {
    const senders = { c2dm, fcm, apns }
    for (const sender of service ? [senders[service]] : Object.values(senders)) sender.expireTokens()
  }

  function reset(): void {
    devices.clear()
    faults.clear()
    c2dm.reset()
    fcm.reset()
    autopush.reset()
    webpush.reset()
    apns.reset()
    requests.clear()
  }

  async function close(): Promise<void> {
    const error = new EmulatorError('EMULATOR_CLOSED', 'The emulator has been closed.')
    closing.abort(error)
    // Before the devices are cleared: the subscriptions of real browsers live on in their file.
    const closed = closeAll(running)
    devices.clear()
    requests.end(error)
    await closed
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
    apns,
    captchas: c2dm.captchas.list,
    expireTokens,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  }
}
