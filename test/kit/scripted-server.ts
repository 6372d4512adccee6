// A small HTTP server whose answers the test writes, on a port of its own.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export type Answer = (request: SeenRequest, response: http.ServerResponse) => void

export interface ScriptedServer {
  readonly url: string
  readonly seen: readonly SeenRequest[]
  /** Connections that were ever opened. */
  readonly connections: () => number
  /** Resolves when `count` requests have been read to their end. */
  received(count: number): Promise<void>
  close(): Promise<void>
}

export function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}

export async function startScriptedServer(answer: Answer, { tls = false } = {}): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const sockets = new Set<Socket>()
  let opened = 0
  const listener: http.RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    const one = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }
    seen.push(one)
    for (const { count, resolve } of waiting) if (seen.length >= count) resolve()
    answer(one, response)
  }
  const server = tls
    ? https.createServer({ key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem') }, listener)
    : http.createServer(listener)
  server.on('connection', (socket: Socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => opened,
    received: (count) =>
      new Promise((resolve) => {
        if (seen.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
