// The Web Push service on its TLS port, and what the plain port needs to serve it too.
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import { assertMaxStreams, type resolveWebPushOptions } from '../emulator-options.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { EmulatedEndpoint, ExchangeContext } from '../server/exchange.ts'
import { startTlsServer } from '../server/tls-server.ts'
import type { LocalhostCertificate } from '../tls/certificate.ts'
import { createBenchMode } from './bench-mode.ts'
import { createWebPush } from './send.ts'

/** What can be changed while it runs. */
export interface EmulatedWebPush {
  /** SETTINGS_MAX_CONCURRENT_STREAMS; setting it tells the open connections too. */
  maxStreams: number
  /** Open HTTP/2 connections. */
  readonly connections: number
}

export interface WebPushService extends EmulatedWebPush {
  readonly url: string
  /** For the plain port, where a browser's endpoints are. */
  readonly plainEndpoint: EmulatedEndpoint
  /** As freshly started. */
  reset(): void
  close(): Promise<void>
}

interface WebPushServiceParts extends ExchangeContext {
  readonly host: string
  readonly port: number
  readonly certificate: LocalhostCertificate
  readonly options: ReturnType<typeof resolveWebPushOptions>
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
  readonly bench: boolean
}

export async function startWebPushService(parts: WebPushServiceParts): Promise<WebPushService> {
  const { options, random, journal } = parts
  const bench = parts.bench ? createBenchMode(journal, random) : undefined
  const judgeAll = createWebPush({ ...parts, takesAnyAddress: parts.bench })
  const judge = bench?.sampled(judgeAll) ?? judgeAll
  const endpoint = (scheme: 'http' | 'https'): EmulatedEndpoint => ({
    service: 'webpush',
    bodyEncoding: 'base64url',
    judge: (request) => judge(request, scheme),
  })
  const tlsEndpoint = endpoint('https')
  const server = await startTlsServer({
    ...parts,
    maxStreams: options.maxStreams,
    endpointAt: () => tlsEndpoint,
    shortcut: bench?.shortcut,
  })

  return {
    url: server.url,
    plainEndpoint: endpoint('http'),
    get maxStreams() {
      return server.maxStreams
    },
    set maxStreams(value) {
      assertMaxStreams(value)
      server.maxStreams = value
    },
    get connections() {
      return server.sessions
    },
    reset() {
      if (server.maxStreams !== options.maxStreams) server.maxStreams = options.maxStreams
    },
    close: server.close,
  }
}
