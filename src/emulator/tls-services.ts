// The services that have TLS ports of their own: FCM, Web Push, APNs.

import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import { startApnsService } from './apns/apns-service.ts'
import type { DeviceTable } from './devices/device-table.ts'
import {
  type EmulatorOptions,
  resolveApnsOptions,
  resolveFcmOptions,
  resolveWebPushOptions,
} from './emulator-options.ts'
import type { StrikingFaultBook } from './faults/fault-book.ts'
import { startFcmService } from './fcm/fcm-service.ts'
import type { QuotaBook } from './quotas/quota-book.ts'
import type { ExchangeContext } from './server/exchange.ts'
import { beside, type Closable } from './server/running-servers.ts'
import type { LocalhostCertificate } from './tls/certificate.ts'
import { startWebPushService } from './webpush/webpush-service.ts'

interface Emulating extends ExchangeContext {
  readonly host: string
  readonly certificate: LocalhostCertificate
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
  readonly bench: boolean
}

/** What has started joins `running`. */
export async function startTlsServices(emulating: Emulating, options: EmulatorOptions, running: Closable[]) {
  const { fcmPort = 0, webpushPort = 0, apnsPort = 0, apnsSandboxPort = 0 } = options
  // All of them first: what is wrong with one must leave no other running.
  const resolved = {
    fcm: resolveFcmOptions(options.fcm),
    webpush: resolveWebPushOptions(options.webpush),
    apns: resolveApnsOptions(options.apns),
  }
  const fcmStarting = startFcmService({ ...emulating, port: fcmPort, options: resolved.fcm })
  const fcm = await beside(running, fcmStarting)
  const webpushStarting = startWebPushService({ ...emulating, port: webpushPort, options: resolved.webpush })
  const webpush = await beside(running, webpushStarting)
  const apnsStarting = startApnsService({
    ...emulating,
    ports: { production: apnsPort, sandbox: apnsSandboxPort },
    options: resolved.apns,
  })
  return { fcm, webpush, apns: await beside(running, apnsStarting) }
}
