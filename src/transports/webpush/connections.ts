// Connections to push services, an HTTP/2 client for each origin. Devices name the origins, so their number is bounded:
// the one that was used longest ago goes. A server that speaks HTTP/1.1 only is spoken to in that.
import { StateError, TransportError } from '../../model/push-error.ts'
import type { Resolver } from '../../net/address-policy-lookup.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../../net/http-client.ts'
import { createHttp2Client, type Http2Client } from '../../net/http2-client.ts'
import { isAlpnFailure } from '../../net/open-socket.ts'
import type { ProxyOptions } from '../../net/proxy.ts'

export interface Connections {
  /** As `Http2Client.request`. */
  request(request: PushRequest, signal: AbortSignal | undefined): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface PushRequest {
  readonly endpoint: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface ConnectionsOptions {
  readonly ca: string | readonly string[] | undefined
  readonly proxy: ProxyOptions | undefined
  readonly timeoutMs: number
  readonly maxInFlight: number
  /** Judges where a host's name leads; asked before every connection. */
  readonly addressesOf: Resolver
}

const MAX_ORIGINS = 64
/** Push services take a hundred streams on a connection; so many connections carry what may be in flight. */
const USUAL_STREAMS = 100
/** HTTP/1.1 has one request on a connection. */
const MAX_HTTP1_CONNECTIONS = 16

interface Entry {
  readonly http2: Http2Client
  http1: HttpClient | undefined
  inFlight: number
}

export function createConnections(options: ConnectionsOptions): Connections {
  const entries = new Map<string, Entry>()
  let closed = false

  function entryOf(origin: string): Entry {
    const entry = entries.get(origin) ?? openEntry(origin, options)
    // The last in the order of the map is the one that was used last.
    entries.delete(origin)
    entries.set(origin, entry)
    return entry
  }

  return {
    async request(request, signal) {
      if (closed) throw new StateError('PUSH_CLOSED')
      const entry = entryOf(request.endpoint.origin)
      entry.inFlight += 1
      if (entries.size > MAX_ORIGINS) closeOldest(entries)
      try {
        return await exchange(entry, request, { options, signal })
      } finally {
        entry.inFlight -= 1
      }
    },
    async close() {
      closed = true
      await Promise.all(Array.from(entries.values(), closeEntry))
    },
  }
}

function openEntry(origin: string, options: ConnectionsOptions): Entry {
  const { ca, proxy, timeoutMs, maxInFlight, addressesOf } = options
  const maxSessions = Math.ceil(maxInFlight / USUAL_STREAMS)
  const bounds = { timeoutMs, connectTimeoutMs: timeoutMs, maxSessions, maxWaiting: maxInFlight * 2 }
  const http2 = createHttp2Client({ origin: new URL(origin), ca, proxy, addressesOf, ...bounds })
  // Without TLS nothing says which version the other side speaks, and HTTP/1.1 is what every server without it does.
  return { http2, http1: origin.startsWith('http:') ? openHttp1(options) : undefined, inFlight: 0 }
}

interface ExchangeContext {
  readonly options: ConnectionsOptions
  readonly signal: AbortSignal | undefined
}

async function exchange(entry: Entry, request: PushRequest, context: ExchangeContext): Promise<HttpAnswer> {
  const { endpoint, headers, body } = request
  if (entry.http1 === undefined) {
    try {
      const path = `${endpoint.pathname}${endpoint.search}`
      return await entry.http2.request({ method: 'POST', path, headers, body }, context.signal)
    } catch (error) {
      if (!(error instanceof TransportError) || !isAlpnFailure(error.cause)) throw error
      // Nothing was sent yet.
      entry.http1 ??= openHttp1(context.options)
    }
  }
  return await entry.http1.request({ method: 'POST', url: endpoint, headers, body }, context.signal)
}

function openHttp1({ ca, proxy, timeoutMs, addressesOf }: ConnectionsOptions): HttpClient {
  return createHttpClient({ maxConnections: MAX_HTTP1_CONNECTIONS, timeoutMs, ca, proxy, addressesOf })
}

/** Of those that nothing is on its way on. */
function closeOldest(entries: Map<string, Entry>): void {
  for (const [origin, entry] of entries) {
    if (entry.inFlight > 0) continue
    entries.delete(origin)
    void closeEntry(entry)
    return
  }
}

async function closeEntry({ http2, http1 }: Entry): Promise<void> {
  http1?.close()
  await http2.close()
}
