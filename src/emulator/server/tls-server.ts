// The TLS port: HTTP/2 where the client asks for it by ALPN, else HTTP/1.1.
import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { createServer as createTlsListener, type TLSSocket } from 'node:tls'
import type { LocalhostCertificate } from '../tls/certificate.ts'
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

export interface TlsServerOptions extends ExchangeContext {
  readonly host: string
  readonly port: number
  readonly certificate: LocalhostCertificate
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly maxStreams: number
  readonly shortcut?: StreamShortcut | undefined
  endpointAt(path: string): EmulatedEndpoint
}

export interface TlsServer extends EmulatorServer {
  /** SETTINGS_MAX_CONCURRENT_STREAMS; setting it tells the open connections too. */
  maxStreams: number
  /** Open HTTP/2 connections. */
  readonly sessions: number
}

export async function startTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const { host, certificate, shortcut } = options
  const sockets = new Map<string, Socket>()
  const sessions = new Set<ServerHttp2Session>()
  let { maxStreams } = options

  const endpointOf = (target = '/') => options.endpointAt(target.split('?', 1)[0] ?? '/')
  const http1 = createHttp1Server({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const reset = () => resetConnection(request.socket)
    runExchange(http1Exchange(request, response, reset), endpointOf(request.url), options)
  })

  /** Below the TLS socket lies the TCP one, and only that can be reset. */
  function resetConnection(socket: Socket): void {
    sockets.get(peerOf(socket))?.resetAndDestroy()
    socket.destroy()
  }

  function serveHttp2(socket: TLSSocket): void {
    const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: maxStreams } })
    session.setLocalWindowSize(SESSION_WINDOW_BYTES)
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    // What a peer does wrong ends its own session.
    session.on('error', () => {})
    const home = createStreamHome(session, () => resetConnection(socket))
    session.on('stream', (stream, headers) => {
      if (shortcut?.(stream, headers)) return
      home.begin(stream)
      runExchange(http2Exchange(stream, headers, home), endpointOf(headers[':path']), options)
    })
  }

  const listener = createTlsListener({ ...certificate, ca: undefined, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('error', () => {})
    if (socket.alpnProtocol === 'h2') serveHttp2(socket)
    else http1.emit('connection', socket)
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
      for (const session of sessions) session.settings({ maxConcurrentStreams: value })
    },
    get sessions() {
      return sessions.size
    },
    async close() {
      if (!listener.listening) return
      const closed = once(listener, 'close')
      listener.close()
      for (const session of sessions) session.destroy()
      http1.closeAllConnections()
      for (const socket of sockets.values()) socket.destroy()
      await closed
    },
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
