// Outbound HTTP/1.1: keep-alive connections, one deadline for the whole answer, a bounded answer, no redirects, TLS
// always verified. A failure says whether the request can have reached the other side.
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type tls from 'node:tls'
import { TransportError } from '../model/push-error.ts'
import { onAbort } from '../util/on-abort.ts'
import { openSocket, type SocketOptions } from './open-socket.ts'
import { type ProxyOptions, proxyFor } from './proxy.ts'

export interface HttpClientOptions {
  /** Connections to one host at once; further requests wait for one, which counts towards their deadline. */
  readonly maxConnections: number
  /** Milliseconds until the answer must be complete, waiting for a connection and connecting included. Default 30,000. */
  readonly timeoutMs?: number
  /** Bytes of an answer that are read; the rest is cut off. Default 65,536. */
  readonly maxAnswerBytes?: number
  /** PEM certificates trusted instead of those that Node trusts by default. */
  readonly ca?: string | readonly string[] | undefined
  readonly proxy?: ProxyOptions | undefined
  /** As of `SocketOptions`. */
  readonly addressesOf?: SocketOptions['addressesOf']
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** The answer was longer than `maxAnswerBytes`; `body` is its beginning. */
  readonly truncated: boolean
}

export interface HttpClient {
  /**
   * Throws `TransportError`: PUSH_TRANSPORT_UNREACHABLE when no byte of the request was sent, else
   * PUSH_TRANSPORT_UNANSWERED. Throws the signal's reason when `signal` aborts.
   */
  request(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>
  /** Ends all connections, also those in use. */
  close(): void
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_ANSWER_BYTES = 65_536
/**
 * An idle connection is given up after this time. Servers close idle ones after 5 s and more (Node's own default),
 * and a request that crosses with the closing would be lost without an answer.
 */
const IDLE_CONNECTION_MS = 4_000

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const pool = {
    keepAlive: true,
    scheduling: 'lifo',
    maxSockets: options.maxConnections,
    timeout: IDLE_CONNECTION_MS,
  } as const
  const plain = new http.Agent(pool)
  const secure = new https.Agent({ ...pool, ca: toList(options.ca), rejectUnauthorized: true })
  if (options.proxy || options.addressesOf) {
    for (const agent of [plain, secure]) openByOurselves(agent, options, timeoutMs)
  }
  const bounds = {
    timeoutMs,
    maxAnswerBytes: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
  }
  return {
    request: (request, signal) => exchange({ request, agent: isSecure(request.url) ? secure : plain, bounds, signal }),
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** Makes the agent open its connections as all others of ours are: through the proxy, to addresses that were judged. */
function openByOurselves(agent: http.Agent, options: HttpClientOptions, timeoutMs: number): void {
  const straight = agent.createConnection.bind(agent)
  const scheme = agent instanceof https.Agent ? 'https' : 'http'
  agent.createConnection = (connection, callback) => {
    const { host: name = '', port } = connection as tls.ConnectionOptions
    const origin = new URL(`${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`)
    if (options.addressesOf === undefined && proxyFor(origin, options.proxy) === undefined) {
      return straight(connection, callback)
    }
    openSocket(origin, { ...options, alpn: 'http/1.1' }, AbortSignal.timeout(timeoutMs)).then(
      (socket) => {
        established.add(socket)
        callback?.(null, socket)
      },
      (error: Error) => callback?.(error, undefined as never),
    )
    return undefined
  }
}

interface Exchange {
  readonly request: HttpRequest
  readonly agent: http.Agent
  readonly bounds: { readonly timeoutMs: number; readonly maxAnswerBytes: number }
  readonly signal: AbortSignal | undefined
}

class DeadlinePassed extends Error {}

function exchange({ request, agent, bounds, signal }: Exchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const body = request.body ?? ''
    const outgoing = (isSecure(request.url) ? https : http).request(request.url, {
      agent,
      method: request.method,
      headers: { ...request.headers, 'Content-Length': Buffer.byteLength(body) },
    })
    const written = watchForWriting(outgoing, request.url)
    const deadline = setTimeout(() => outgoing.destroy(new DeadlinePassed()), bounds.timeoutMs)
    const stopListening = signal && onAbort(signal, () => outgoing.destroy())
    const settle = () => {
      clearTimeout(deadline)
      stopListening?.()
    }
    const fail = (error: Error) => {
      settle()
      reject(
        signal?.aborted ? signal.reason : describeFailure(error, { ...bounds, url: request.url, written: written() }),
      )
    }
    outgoing.on('error', fail)
    outgoing.on('response', (incoming) => {
      readAnswer(incoming, bounds.maxAnswerBytes).then((answer) => {
        settle()
        resolve(answer)
      }, fail)
    })
    outgoing.end(body)
  })
}

/** Connections that stand, their TLS included. */
const established = new WeakSet<Socket>()

/** Tells later whether bytes of the request can have left: they do once its connection stands. */
function watchForWriting(outgoing: http.ClientRequest, url: URL): () => boolean {
  let written = false
  outgoing.once('socket', (socket) => {
    // What `openSocket` opened stands before it is handed over, as a plain connection may.
    written = established.has(socket) || (!isSecure(url) && !socket.connecting)
    if (written) return
    socket.once(isSecure(url) ? 'secureConnect' : 'connect', () => {
      written = true
      established.add(socket)
    })
  })
  return () => written
}

function readAnswer(incoming: http.IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (truncated: boolean) =>
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
        truncated,
      })
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length <= maxBytes) return
      finish(true)
      incoming.destroy()
    })
    incoming.on('end', () => finish(false))
    incoming.on('error', reject)
  })
}

interface Failure {
  readonly url: URL
  readonly written: boolean
  readonly timeoutMs: number
}

function describeFailure(error: Error, { url, written, timeoutMs }: Failure): TransportError {
  const code = 'code' in error ? String(error.code) : error.name
  const what =
    error instanceof DeadlinePassed
      ? `did not ${written ? 'answer' : 'take the connection'} within ${timeoutMs} ms`
      : `${written ? 'ended the exchange without a complete answer' : 'could not be connected to'} (${code})`
  // Only code and text: Node's own error may hold the raw bytes of an answer.
  const cause = new Error(`${code}: ${error.message}`)
  return new TransportError(written ? 'PUSH_TRANSPORT_UNANSWERED' : 'PUSH_TRANSPORT_UNREACHABLE', {
    detail: `${url.host} ${what}.`,
    cause,
  })
}

function toList(ca: HttpClientOptions['ca']): string[] | undefined {
  return ca === undefined ? undefined : [ca].flat()
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:'
}
