// Mozilla's autopush, the client's side: the WebSocket on which a real Firefox subscribes and gets its messages.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../../util/clock.ts'
import type { Random } from '../../util/random.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import { serveBrowser } from './browser-connection.ts'
import { createUserAgents } from './user-agents.ts'

export const AUTOPUSH_PATH = '/autopush'
/** What Firefox offers, and does not insist on. */
const SUBPROTOCOL = 'push-notification'
const MAX_FRAME_BYTES = 65_536
/** Firefox does not answer a close frame of the server's, but waits for the end of the connection. */
const CLOSE_MS = 500
/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000
const NOT_HERE = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

export interface AutopushServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Connected browsers. */
  readonly connections: number
  /** Every browser must subscribe anew. */
  reset(): void
  close(): Promise<void>
}

interface AutopushParts {
  readonly devices: DeviceTable
  readonly clock: Clock
  readonly random: Random
  /** The plain port, where a browser's endpoints are. */
  readonly url: string
  readonly stateFile: string | undefined
}

/** Rejects with EMULATOR_INPUT for a state file that cannot be used. */
export async function startAutopush(parts: AutopushParts): Promise<AutopushServer> {
  const { clock } = parts
  const agents = createUserAgents(parts)
  const byUaid = new Map<string, WebSocket>()
  // The types do not know it yet.
  const closing: object = { closeTimeout: CLOSE_MS }
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    ...closing,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

  function claim(uaid: string, socket: WebSocket): void {
    byUaid.get(uaid)?.close(NORMAL_CLOSURE)
    byUaid.set(uaid, socket)
    socket.on('close', () => {
      if (byUaid.get(uaid) === socket) byUaid.delete(uaid)
    })
  }

  return {
    upgrade(request, socket, head) {
      const path = (request.url ?? '/').split('?', 1)[0]
      if (path !== '/' && path !== AUTOPUSH_PATH) {
        socket.end(NOT_HERE)
        return
      }
      server.handleUpgrade(request, socket, head, (browser) => serveBrowser(browser, { agents, clock, claim }))
    },
    get connections() {
      return byUaid.size
    },
    reset() {
      agents.clear()
      for (const socket of byUaid.values()) socket.close(NORMAL_CLOSURE)
    },
    async close() {
      agents.close()
      for (const socket of server.clients) socket.terminate()
    },
  }
}
