// APNs on its two TLS ports, production and sandbox, with the developer account that it knows.
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { ApnsEnvironment, ApnsReason } from '../../protocols/apns.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import { assertMaxStreams, type resolveApnsOptions } from '../emulator-options.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { EmulatedEndpoint, ExchangeContext } from '../server/exchange.ts'
import { beside, closeAll } from '../server/running-servers.ts'
import { startTlsServer, type TlsServer, type TlsSession } from '../server/tls-server.ts'
import type { LocalhostCertificate } from '../tls/certificate.ts'
import { createUuids } from './apns-answers.ts'
import { createBenchShortcut } from './bench-shortcut.ts'
import { goAwayText, watchIdle } from './idle-watch.ts'
import { type ApnsCredentials, createProviderAccount } from './provider-account.ts'
import { clientCertificate, createProviderConnection, type ProviderConnection } from './provider-connection.ts'
import { createProviderTokens } from './provider-token.ts'
import { createApns } from './send.ts'

/** What can be changed while it runs. */
export interface EmulatedApns {
  /** SETTINGS_MAX_CONCURRENT_STREAMS of a connection whose sender is known; setting it tells the open ones too. */
  maxStreams: number
  /** The same of a connection until its first valid provider token: 1, unless told otherwise; for those that begin. */
  firstStreams: number
  /** Open connections, of both environments. */
  readonly connections: number
  /** Whether the token key is revoked: its tokens are answered InvalidProviderToken; the certificate lives on. */
  readonly isRevoked: boolean
  revokeKey(): void
  restoreKey(): void
  /**
   * Sends a GOAWAY on every open connection, with this reason in its debug data (default Shutdown). What has begun is
   * answered; what begins later is left unprocessed.
   */
  goAway(reason?: ApnsReason): void
}

export interface ApnsService extends EmulatedApns {
  readonly urls: Readonly<Record<ApnsEnvironment, string>>
  readonly credentials: ApnsCredentials
  expireTokens(): void
  /** As freshly started. */
  reset(): void
  close(): Promise<void>
}

interface ApnsServiceParts extends ExchangeContext {
  readonly host: string
  readonly ports: Readonly<Record<ApnsEnvironment, number>>
  readonly certificate: LocalhostCertificate
  readonly options: ReturnType<typeof resolveApnsOptions>
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly realClock: Clock
  readonly random: Random
  readonly quotas: QuotaBook
  readonly bench: boolean
}

export async function startApnsService(parts: ApnsServiceParts): Promise<ApnsService> {
  const { options, clock, realClock, random, journal, bench, certificate } = parts
  const account = createProviderAccount({ ...options, certificate, random })
  const tokens = createProviderTokens(account, realClock)
  const connections = new Map<ServerHttp2Stream['session'], ProviderConnection>()
  const newUuid = createUuids(random)
  let { firstStreams } = options
  const judging = { ...parts, bundleId: options.bundleId, newUuid, takesAnyAddress: bench }
  const connectionOf = (session: ServerHttp2Stream['session']) => connections.get(session)

  function open(environment: ApnsEnvironment, tls: TlsSession): EmulatedEndpoint {
    const connection = createProviderConnection({ environment, tls, tokens, now: clock.now() })
    connections.set(tls.session, connection)
    tls.session.on('close', () => connections.delete(tls.session))
    watchIdle(connection, options.idleMs, clock)
    return { service: 'apns', bodyEncoding: 'utf8', judge: createApns(judging, connection) }
  }

  const start = (environment: ApnsEnvironment): Promise<TlsServer> =>
    startTlsServer({
      ...parts,
      port: parts.ports[environment],
      maxStreams: options.maxStreams,
      asksClientCertificate: true,
      // Who shows a certificate is known from the start, and has the whole limit.
      firstStreams: (socket) => (clientCertificate(socket) ? undefined : firstStreams),
      endpointOf: (tls) => open(environment, tls),
      ...(bench && { shortcut: createBenchShortcut({ journal, newUuid, connectionOf }) }),
    })
  const servers: TlsServer[] = []
  const production = await beside(servers, start('production'))
  const sandbox = await beside(servers, start('sandbox'))

  return {
    urls: { production: production.url, sandbox: sandbox.url },
    credentials: account.credentials,
    get maxStreams() {
      return production.maxStreams
    },
    set maxStreams(value) {
      assertMaxStreams(value)
      for (const server of servers) server.maxStreams = value
    },
    get firstStreams() {
      return firstStreams
    },
    set firstStreams(value) {
      assertMaxStreams(value, 'firstStreams')
      firstStreams = value
    },
    get connections() {
      return connections.size
    },
    get isRevoked() {
      return account.revoked
    },
    revokeKey() {
      account.revoked = true
    },
    restoreKey() {
      account.revoked = false
    },
    goAway(reason = 'Shutdown') {
      const debugData = goAwayText(reason)
      for (const { tls } of connections.values()) {
        tls.goAway({ code: constants.NGHTTP2_NO_ERROR, refusesLater: false, debugData })
      }
    },
    expireTokens: tokens.expireAll,
    reset() {
      tokens.reset()
      account.revoked = false
      firstStreams = options.firstStreams
      if (production.maxStreams === options.maxStreams) return
      for (const server of servers) server.maxStreams = options.maxStreams
    },
    close: () => closeAll(servers),
  }
}
