// FCM and its token endpoint on their TLS port, with the service account that they know.
import { GOOGLE_TOKEN_PATH } from '../../protocols/fcm.ts'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import { assertMaxStreams, type resolveFcmOptions } from '../emulator-options.ts'
import type { StrikingFaultBook } from '../faults/fault-book.ts'
import type { AssertionGrant } from '../google-oauth/assertion.ts'
import { createServiceAccount, type ServiceAccountKey } from '../google-oauth/service-account.ts'
import { createTokenEndpoint } from '../google-oauth/token-endpoint.ts'
import type { QuotaBook } from '../quotas/quota-book.ts'
import type { EmulatedEndpoint, ExchangeContext } from '../server/exchange.ts'
import { createIssuedTokens } from '../server/issued-tokens.ts'
import { startTlsServer } from '../server/tls-server.ts'
import type { LocalhostCertificate } from '../tls/certificate.ts'
import { createBenchShortcut } from './bench-shortcut.ts'
import { createFcm } from './send.ts'

export interface FcmCredentials {
  readonly projectId: string
  /** As Google's console hands it out, with the emulator's own `token_uri`. */
  readonly serviceAccount: ServiceAccountKey
}

/** What can be changed while it runs. */
export interface EmulatedFcm {
  /** SETTINGS_MAX_CONCURRENT_STREAMS; setting it tells the open connections too. */
  maxStreams: number
  /** Open HTTP/2 connections. */
  readonly connections: number
  /** Whether the service account's key is revoked: then it gets no token (`invalid_grant`); those it has live on. */
  readonly isRevoked: boolean
  revokeServiceAccount(): void
  restoreServiceAccount(): void
}

export interface FcmService extends EmulatedFcm {
  readonly url: string
  readonly tokenUrl: string
  readonly credentials: FcmCredentials
  expireTokens(): void
  /** As freshly started. */
  reset(): void
  close(): Promise<void>
}

interface FcmServiceParts extends ExchangeContext {
  readonly host: string
  readonly port: number
  readonly certificate: LocalhostCertificate
  readonly realClock: Clock
  readonly options: ReturnType<typeof resolveFcmOptions>
  readonly devices: DeviceTable
  readonly faults: StrikingFaultBook
  readonly random: Random
  readonly quotas: QuotaBook
  readonly bench: boolean
}

export async function startFcmService(parts: FcmServiceParts): Promise<FcmService> {
  const { options, faults, clock, realClock, random, journal, bench } = parts
  const { projectId, tokenSends, tokenLifetimeMs } = options
  const server = await startTlsServer({
    ...parts,
    maxStreams: options.maxStreams,
    endpointAt: (path) => (path === GOOGLE_TOKEN_PATH ? tokenEndpoint : sendEndpoint),
    ...(bench && { shortcut: createBenchShortcut({ projectId, journal, clock, random }) }),
  })
  // Nothing is awaited from here on, so that no request comes before what judges it.
  const tokenUrl = `${server.url}${GOOGLE_TOKEN_PATH}`
  const account = createServiceAccount({ projectId, tokenUrl, random })
  const newToken = () => `ya29.c.${random.bytes(150).toString('base64url')}`
  const tokens = createIssuedTokens<AssertionGrant>({ clock, scheme: 'Bearer ', newToken, tokenSends, tokenLifetimeMs })
  const tokenEndpoint: EmulatedEndpoint = {
    service: 'google-oauth',
    bodyEncoding: 'latin1',
    judge: createTokenEndpoint({ account, tokens, tokenLifetimeMs, faults, realClock }),
  }
  const sendEndpoint: EmulatedEndpoint = {
    service: 'fcm',
    bodyEncoding: 'utf8',
    judge: createFcm({ ...parts, projectId, tokens, takesAnyAddress: bench }),
  }

  return {
    url: server.url,
    tokenUrl,
    credentials: { projectId, serviceAccount: account.key },
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
    get isRevoked() {
      return account.revoked
    },
    revokeServiceAccount() {
      account.revoked = true
    },
    restoreServiceAccount() {
      account.revoked = false
    },
    expireTokens: tokens.expireAll,
    reset() {
      tokens.expireAll()
      account.revoked = false
      if (server.maxStreams !== options.maxStreams) server.maxStreams = options.maxStreams
    },
    close: server.close,
  }
}
