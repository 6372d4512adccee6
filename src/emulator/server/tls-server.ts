// A TLS port: HTTP/2 where the client asks for it by ALPN, else HTTP/1.1 where the service speaks it.
import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { createServer as createTlsListener, type TLSSocket } from 'node:tls'
import type { LocalhostCertificate } from '../tls/certificate.ts'
import type { GoAway } from './answer.ts'
import { type EmulatedEndpoint, type ExchangeContext, runExchange } from './exchange.ts'
import { http1Exchange } from './http1-exchange.ts'
import { http2Exchange } from './http2-exchange.ts'
import { listen, reachableHost } from './listen.ts'
import { type EmulatorServer, KEEP_ALIVE_MS } from './plain-server.ts'
import { createStreamHome } from './stream-home.ts'

/** Room for the small bodies of many streams, so that none of them waits for a WINDOW_UPDATE. */
const SESSION_WINDOW_BYTES = 1_048_576

/** Answers a stream by itself; false leaves it to the endpoints. */
export type StreamShortcut = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => boolean

/** What a service knows of one HTTP/2 connection, made when it begins. */
export interface TlsSession {
  readonly session: ServerHttp2Session
  readonly socket: TLSSocket
  goAway(goAway: GoAway): void
  /** From now on the connection has the server's stream limit, instead of the one it began with. */
  liftStreamLimit(): void
}

interface TlsPort extends ExchangeContext {
  readonly host: string
  readonly port: number
  readonly certificate: LocalhostCertificate
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly maxStreams: number
  /** A client certificate is asked for; whether the authority issued it is for the service to judge. Default false. */
  readonly asksClientCertificate?: boolean | undefined
  readonly shortcut?: StreamShortcut | undefined
  /** The stream limit that a connection begins with; none when undefined: it has `maxStreams` from the start. */
  firstStreams?(socket: TLSSocket): number | undefined
}

/** What is served by path, over HTTP/2 and HTTP/1.1. */
interface ServedByPath {
  endpointAt(path: string): EmulatedEndpoint
  readonly endpointOf?: undefined
}

/** What is served by connection, over HTTP/2 only: who does not offer it is turned away in the TLS handshake. */
interface ServedBySession {
  /** Called once, when the connection begins; what it returns gets every request. */
  endpointOf(session: TlsSession): EmulatedEndpoint
  readonly endpointAt?: undefined
}

export type TlsServerOptions = TlsPort & (ServedByPath | ServedBySession)

export interface TlsServer extends EmulatorServer {
  /** SETTINGS_MAX_CONCURRENT_STREAMS; setting it tells the open connections too, but those with a limit of their own. */
  maxStreams: number
  /** Open HTTP/2 connections. */
  readonly sessions: number
}

export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const { host, certificate, shortcut, endpointAt, asksClientCertificate = false } = options
  const sockets = new Map<string, Socket>()
  const sessions = new Set<ServerHttp2Session>()
  /** Those that have the server's stream limit. */
  const unlimited = new WeakSet<ServerHttp2Session>()
  let { maxStreams } = options

  const http1 =
    endpointAt &&
    createHttp1Server({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      const reset = () => resetConnection(request.socket)
      runExchange(http1Exchange(request, response, reset), endpointAt(pathOf(request.url)), options)
    })

  /** Below the TLS socket lies the TCP one, and only that can be reset. */
  function resetConnection(socket: Socket): void {
    sockets.get(peerOf(socket))?.resetAndDestroy()
    socket.destroy()
  }

  function serveHttp2(socket: TLSSocket): void {
    const firstStreams = options.firstStreams?.(socket)
    const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: firstStreams ?? maxStreams } })
    session.setLocalWindowSize(SESSION_WINDOW_BYTES)
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    // What a peer does wrong ends its own session.
    session.on('error', () => {})
    const home = createStreamHome(session, () => resetConnection(socket))
    function liftStreamLimit(): void {
      if (unlimited.has(session) || session.destroyed) return
      unlimited.add(session)
      session.settings({ maxConcurrentStreams: maxStreams })
    }
    if (firstStreams === undefined) unlimited.add(session)
    const endpoint = endpointsOf(options, { session, socket, goAway: home.goAway, liftStreamLimit })
    session.on('stream', (stream, headers) => {
      if (shortcut?.(stream, headers)) return
      home.begin(stream)
      runExchange(http2Exchange(stream, headers, home), endpoint(pathOf(headers[':path'])), options)
    })
  }

  const { ca, cert, key } = certificate
  const tls = {
    cert,
    key,
    ...(asksClientCertificate && { ca, requestCert: true, rejectUnauthorized: false }),
    ALPNProtocols: http1 ? ['h2', 'http/1.1'] : ['h2'],
  }
  const listener = createTlsListener(tls, (socket) => {
    socket.on('error', () => {})
    if (socket.alpnProtocol === 'h2') serveHttp2(socket)
    else if (http1) http1.emit('connection', socket)
    // A client without ALPN at all gets through to here.
    else socket.destroy()
  })
  listener.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    sockets.set(peer, socket)
    socket.on('close', () => sockets.delete(peer))
  })
  const port = await listen(listener, host, options.port)

  return {
    url: `https://${reachableHost(host)}:${port}`,
    get maxStreams() {
      return maxStreams
    },
    set maxStreams(value) {
      maxStreams = value
      for (const session of sessions) if (unlimited.has(session)) session.settings({ maxConcurrentStreams: value })
    },
    get sessions() {
      return sessions.size
    },
    async close() {
      if (!listener.listening) return
      const closed = once(listener, 'close')
      listener.close()
      for (const session of sessions) session.destroy()
      http1?.closeAllConnections()
      for (const socket of sockets.values()) socket.destroy()
      await closed
    },
  }
}

/** The endpoints of one HTTP/2 connection, by path. */
function endpointsOf(serving: ServedByPath | ServedBySession, session: TlsSession): (path: string) => EmulatedEndpoint {
  if (serving.endpointAt) return serving.endpointAt
  const endpoint = serving.endpointOf(session)
  return () => endpoint
}

function pathOf(target = '/'): string {
  return target.split('?', 1)[0] ?? '/'
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
