// The plain HTTP port: C2DM, ClientLogin, what browsers need of Web Push, and the control API.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type EmulatedEndpoint, type ExchangeContext, runExchange } from './exchange.ts'
import { http1Exchange } from './http1-exchange.ts'
import { listen, reachableHost } from './listen.ts'

/** Longer than senders keep idle connections, so that they do not lose a request to a connection closing under it. */
export const KEEP_ALIVE_MS = 65_000

export interface PlainServerOptions extends ExchangeContext {
  readonly host: string
  readonly port: number
  /** The services by path; where there is none, the request goes to `control`. */
  endpointAt(path: string): EmulatedEndpoint | undefined
  control(request: IncomingMessage, response: ServerResponse): void
  /** A request to speak something else on this connection. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface EmulatorServer {
  /** Without a slash at its end. */
  readonly url: string
  /** Ends every connection, also those whose request was never answered. */
  close(): Promise<void>
}

export async function startPlainServer(options: PlainServerOptions): Promise<EmulatorServer> {
  const { host, endpointAt, control, upgrade } = options
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const { url = '/' } = request
    const mark = url.indexOf('?')
    const endpoint = endpointAt(mark < 0 ? url : url.slice(0, mark))
    if (!endpoint) return control(request, response)
    const reset = () => request.socket.resetAndDestroy()
    runExchange(http1Exchange(request, response, reset), endpoint, options)
  })
  server.on('upgrade', (request, socket, head) => {
    // From here on nobody else listens: a client that leaves must not take the emulator with it.
    socket.on('error', () => {})
    upgrade(request, socket, head)
  })
  const port = await listen(server, host, options.port)
  return {
    url: `http://${reachableHost(host)}:${port}`,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
