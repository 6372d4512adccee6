// The push services on localhost, for anybody's tests: ClientLogin and C2DM, Google's token endpoint and FCM, Web Push
// and APNs, with virtual devices and faults on demand.

import { C2DM_SEND_PATH, CLIENT_LOGIN_PATH } from '../protocols/c2dm.ts'
import { systemRandom } from '../util/random.ts'
import type { EmulatedApns } from './apns/apns-service.ts'
import type { ApnsCredentials } from './apns/provider-account.ts'
import { AUTOPUSH_PATH, startAutopush } from './autopush/autopush-server.ts'
import { type C2dmCredentials, createC2dmService } from './c2dm/c2dm-service.ts'
import type { Captcha } from './c2dm/captchas.ts'
import type { ByteCounting } from './c2dm/send-form.ts'
import { createControlApi } from './control/control-api.ts'
import { createOriginGuard } from './control/origin-guard.ts'
import type { DeviceInput } from './devices/device-table.ts'
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
import type { MovableClock } from './emulated-clock.ts'
import { EmulatorError, type EmulatorErrorCode, HandshakeError, type HandshakeStep } from './emulator-error.ts'
import type {
  EmulatedApnsOptions,
  EmulatedC2dmOptions,
  EmulatedFcmOptions,
  EmulatedWebPushOptions,
  EmulatorOptions,
} from './emulator-options.ts'
import { createEmulatorState } from './emulator-state.ts'
import type { Fault, FaultBook } from './faults/fault-book.ts'
import type { EmulatedService, FaultEffect, FaultRule } from './faults/fault-rule.ts'
import type { EmulatedFcm, FcmCredentials } from './fcm/fcm-service.ts'
import type { ServiceAccountKey } from './google-oauth/service-account.ts'
import { assertKnownOptions } from './known-options.ts'
import type { EmulatedQuotas } from './quotas/quota-book.ts'
import type {
  CollapsibleQuota,
  DeviceQuotas,
  FcmQuotas,
  QuotaOptions,
  QuotaSettings,
  SenderQuotas,
} from './quotas/quota-settings.ts'
import type { NextOptions } from './sequence-log.ts'
import { startPlainServer } from './server/plain-server.ts'
import type { RequestJournal, RequestRecord } from './server/request-journal.ts'
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
  CollapsibleQuota,
  DeviceInput,
  DeviceQuotas,
  DeviceService,
  DeviceState,
  EmulatedApns,
  EmulatedApnsOptions,
  EmulatedC2dmOptions,
  EmulatedFcm,
  EmulatedFcmOptions,
  EmulatedQuotas,
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
  FcmQuotas,
  HandshakeInput,
  HandshakeResult,
  HandshakeStep,
  InboxMessage,
  MovableClock,
  NextOptions,
  QuotaOptions,
  QuotaSettings,
  ReceiptInput,
  RequestJournal,
  RequestRecord,
  SenderQuotas,
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
  /**
   * Gives it another address (default: one that looks like those of the service), as when its app is restored or its browser
   * subscribes anew: what waits is lost, and sends to the old address are answered like to an app that was removed.
   * Throws EMULATOR_UNKNOWN, EMULATOR_INPUT or EMULATOR_CONFLICT.
   */
  rotate(id: string, address?: string): VirtualDevice
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
  /** Lifetimes, delays and quotas go by it. */
  readonly clock: MovableClock
  readonly quotas: EmulatedQuotas
  /** Captchas that a login was asked for and that are not solved yet, with their answers. */
  captchas(): Captcha[]
  /** Every token issued so far, or those of one service, is refused from now on. */
  expireTokens(service?: TokenService): void
  /**
   * As freshly started, on the same ports with the same credentials: no devices, faults, tokens, captchas, requests, and the
   * time and the quotas that it began with.
   */
  reset(): void
  /** Ends every connection, also those that wait for an answer, and every wait. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const FORBIDDEN = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

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
  assertKnownOptions(options)
  const { host = '127.0.0.1', port = 0, random = systemRandom, bench = false } = options
  let endpointBase = ''
  const state = createEmulatorState(options, () => endpointBase)
  const { clock, realClock, quotas, devices, faults, requests } = state
  const closing = new AbortController()
  const guard = createOriginGuard(host, options.allowedHosts)
  const certificate = createLocalhostCertificate(random)
  const serving = { host, clock, journal: requests, closing: closing.signal }
  const emulating = { ...serving, realClock, certificate, devices, faults, random, quotas, bench }
  const running: Closable[] = []

  const c2dm = createC2dmService({ ...emulating, options: options.c2dm ?? {} })
  const { fcm, webpush, apns } = await startTlsServices(emulating, options, running)
  endpointBase = webpush.url
  const { captchas } = c2dm
  const { ca } = certificate
  const control = { ...state, fcm, apns, captchas, ca, describe, expireTokens, reset }
  const serverStarting = startPlainServer({
    ...serving,
    port,
    endpointAt: (path) => (isWebPushPath(path) ? webpush.plainEndpoint : c2dm.endpoints.get(path)),
    control: createControlApi(control, guard),
    upgrade(request, socket, head) {
      if (guard.isOfForeignPage(request)) socket.end(FORBIDDEN)
      else autopush.upgrade(request, socket, head)
    },
  })
  const { url } = await beside(running, serverStarting)
  const { stateFile } = options.webpush ?? {}
  // A browser that is connected answers pings by its own clock: only what waits for it is a matter of the moved one.
  const browserClock = { now: clock.now, sleep: realClock.sleep }
  const autopushStarting = startAutopush({ devices, clock: browserClock, random, url, stateFile })
  const autopush = await beside(running, autopushStarting)
  const services = {
    c2dm: { clientLoginUrl: `${url}${CLIENT_LOGIN_PATH}`, sendUrl: `${url}${C2DM_SEND_PATH}` },
    fcm: { url: fcm.url, tokenUrl: fcm.tokenUrl },
    webpush: { url: webpush.url, plainUrl: url, autopushUrl: `${url.replace('http', 'ws')}${AUTOPUSH_PATH}` },
    apns: { url: apns.urls.production, sandboxUrl: apns.urls.sandbox },
  }
  const credentials = { c2dm: c2dm.credentials, fcm: fcm.credentials, apns: apns.credentials }

  function describe() {
    return { name: 'sendword-emulator', url, services, credentials, ca }
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
    quotas.reset()
    clock.reset()
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
    ca,
    devices,
    faults,
    requests,
    fcm,
    webpush,
    apns,
    clock,
    quotas,
    captchas: captchas.list,
    expireTokens,
    reset,
    close,
    [Symbol.asyncDispose]: close,
  }
}
