// A small HTTP/2 server whose answers the test writes, on a port of its own; with TLS unless told otherwise.
import http2, {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { fixture } from './scripted-server.ts'

export interface Http2Call {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly stream: ServerHttp2Stream
  readonly session: ServerHttp2Session
  /** Counted from 1, over all sessions. */
  readonly number: number
  respond(status: number, body?: string, headers?: Readonly<Record<string, string>>): void
}

export interface Http2Server {
  readonly url: URL
  readonly port: number
  readonly calls: readonly Http2Call[]
  readonly sessions: readonly ServerHttp2Session[]
  readonly sockets: ReadonlySet<Socket>
  /** Resolves when `count` requests have been read to their end. */
  received(count: number): Promise<void>
  close(): Promise<void>
}

export interface Http2ServerOptions {
  readonly tls?: boolean
  readonly settings?: Settings
}

export async function startHttp2Server(
  answer: (call: Http2Call) => void,
  { tls = true, settings = {} }: Http2ServerOptions = {},
): Promise<Http2Server> {
  const calls: Http2Call[] = []
  const sessions: ServerHttp2Session[] = []
  const sockets = new Set<Socket>()
  const waiting: { count: number; resolve: () => void }[] = []
  const server = tls
    ? http2.createSecureServer({ key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem'), settings })
    : http2.createServer({ settings })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('sessionError', () => {})
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {})
    const session = stream.session as ServerHttp2Session
    const chunks: Buffer[] = []
    try {
      for await (const chunk of stream) chunks.push(chunk)
    } catch {
      return
    }
    const call: Http2Call = {
      headers,
      body: Buffer.concat(chunks).toString('utf8'),
      stream,
      session,
      number: calls.length + 1,
      respond(status, body = '', more = {}) {
        if (stream.destroyed || stream.closed) return
        stream.respond({ ':status': status, ...more })
        stream.end(body)
      },
    }
    calls.push(call)
    for (const { count, resolve } of waiting) if (calls.length >= count) resolve()
    answer(call)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`${tls ? 'https' : 'http'}://localhost:${port}`),
    port,
    calls,
    sessions,
    sockets,
    received: (count) =>
      new Promise((resolve) => {
        if (calls.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
