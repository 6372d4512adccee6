// Serves the demo's page to the visitor's browser, and is the backend that such a page would have: it holds the API key
// and sends what the page asks for.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listen } from '../../http/listen.ts'
import { type BrowserFile, browserFiles } from './browser-files.ts'

export interface DemoPage {
  /** Its origin, which the app must allow. */
  readonly url: string
  /** Until then the page has nobody to talk to. */
  connect(backend: DemoBackend): void
  close(): Promise<void>
}

export interface DemoBackend {
  readonly serverUrl: string
  readonly apiKey: string
  /** Where a Firefox finds the emulator. */
  readonly autopushUrl: string
}

const HOST = '127.0.0.1'
/** The page's fields hold less. */
const MAX_BODY_BYTES = 8192

/** Throws ConfigError PUSH_HTTP_LISTEN. */
export async function servePage(port: number): Promise<DemoPage> {
  const files = await browserFiles()
  let backend: DemoBackend | undefined
  const server = createServer((request, response) => {
    answer({ files, backend, url }, request, response).catch(() => end(response, 500))
  })
  const url = await listen(server, { host: HOST, port })
  return {
    url,
    connect(given) {
      backend = given
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

interface Page {
  readonly files: ReadonlyMap<string, BrowserFile>
  readonly backend: DemoBackend | undefined
  readonly url: string
}

async function answer({ files, backend, url }: Page, request: IncomingMessage, response: ServerResponse) {
  // A page of another name that was made to lead here must not send in the visitor's name.
  if (`http://${request.headers.host}` !== url) return end(response, 421)
  const path = request.url?.split('?', 1)[0] ?? '/'
  if (request.method === 'POST' && path === '/messages' && backend) return await send(backend, request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
  if (path === '/config.json' && backend) {
    const { serverUrl: server, autopushUrl } = backend
    return end(response, 200, JSON.stringify({ server, autopushUrl }), 'application/json')
  }
  const file = files.get(path)
  if (file) end(response, 200, await file.read(), file.type)
  else end(response, 404)
}

async function send({ serverUrl, apiKey }: DemoBackend, request: IncomingMessage, response: ServerResponse) {
  // Another origin's page cannot send this type without asking first, and is told nothing.
  if (request.headers['content-type'] !== 'application/json') return end(response, 415)
  if (Number(request.headers['content-length'] ?? Number.NaN) > MAX_BODY_BYTES) return end(response, 413)
  const { deviceId, title, body } = JSON.parse(await text(request))
  const accepted = await fetch(`${serverUrl}/v1/apps/default/devices/${encodeURIComponent(deviceId)}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ notification: { title, ...(body && { body }) }, receipts: true }),
  })
  end(response, accepted.status, await accepted.text(), accepted.headers.get('content-type') ?? undefined)
}

function end(response: ServerResponse, status: number, body = '', type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  response.end(body)
}
