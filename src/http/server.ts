// The server: one port for the device doors, the API and the health checks; its bounds, its request log, and how it
// stops. The doors are found before anything else reads the request, so that every method meets their contract.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Core } from '../app/core.ts'
import { redactQuery } from '../app/logging/redact.ts'
import { InputError, StateError } from '../model/push-error.ts'
import { writeAnswer } from './answer.ts'
import { createApiListener } from './api/listener.ts'
import { createDoorMap } from './c2dm/door-map.ts'
import { answerConnectionFaults } from './connection-faults.ts'
import { createHealth } from './health.ts'
import { isLoopback, type ListenPlace, listen } from './listen.ts'
import { toProblem } from './problem.ts'
import { splitTarget } from './query.ts'

export interface ServerLimits {
  /** Milliseconds for a request's line and headers to arrive. @default 10000 */
  readonly headersMs?: number | undefined
  /** Milliseconds for a whole request to arrive; not less than `headersMs`. @default 30000 */
  readonly requestMs?: number | undefined
  /** Milliseconds between two looks at who is too slow. @default 1000 */
  readonly checkMs?: number | undefined
  /**
   * Milliseconds that a connection may wait for its next request; longer than load balancers keep theirs, so that they
   * close first (AWS ALB: 60 s). @default 65000
   */
  readonly keepAliveMs?: number | undefined
  /** Connections at once; more are dropped. @default 10000 */
  readonly connections?: number | undefined
}

export interface ServerOptions extends ListenPlace {
  readonly limits?: ServerLimits | undefined
}

export interface HttpServer {
  /** Where it listens, without a slash at its end. */
  readonly url: string
  /** Stops accepting, lets requests in flight finish for at most `graceMs`, then cuts every connection. */
  close(graceMs: number): Promise<void>
}

/** Bytes of a request's line and headers. */
const MAX_HEADER_BYTES = 16_384

/** Throws ConfigError PUSH_HTTP_LISTEN. */
export async function createServer(core: Core, { host, port, limits = {} }: ServerOptions): Promise<HttpServer> {
  const logger = core.logger.child('http')
  const inFlight = new Set<ServerResponse>()
  let closing: Promise<void> | undefined
  let nowIdle = () => {}

  const stopping = new AbortController()
  const route = createRouter(core, stopping.signal)
  const server = createHttpServer(httpOptions(limits), (request, response) => {
    const since = core.clock.now()
    inFlight.add(response)
    if (closing) response.shouldKeepAlive = false
    response.on('close', () => {
      inFlight.delete(response)
      const { method, url = '' } = request
      const ms = core.clock.now() - since
      // Without a status when the client was gone, or cut off, before its answer was out.
      const status = response.writableFinished ? response.statusCode : undefined
      logger.debug('request', { method, path: redactQuery(url), status, ms })
      if (inFlight.size === 0) nowIdle()
    })
    route(request, response)
  })
  server.maxConnections = limits.connections ?? 10_000
  answerConnectionFaults(server, { logger, clock: core.clock })
  const url = await listen(server, { host, port })
  server.on('error', (error) => logger.error('The server met an error.', { error }))
  if (!isLoopback(host)) logger.info('The server speaks plain HTTP: TLS is the job of the proxy before it.', { host })

  async function stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const response of inFlight) response.shouldKeepAlive = false
    if (inFlight.size > 0) await finishedOrLate(graceMs)
    server.closeAllConnections()
    await closed
  }
  async function finishedOrLate(graceMs: number): Promise<void> {
    const finished = new AbortController()
    nowIdle = () => finished.abort()
    // Rejects when all requests have finished.
    await core.clock.sleep(graceMs, finished.signal).catch(() => undefined)
  }
  return {
    url,
    close(graceMs) {
      stopping.abort()
      closing ??= stop(graceMs)
      return closing
    },
  }
}

function httpOptions({ headersMs = 10_000, requestMs = 30_000, checkMs = 1000, keepAliveMs = 65_000 }: ServerLimits) {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node's own answer to a missing Host has no body; the router gives one.
    requireHostHeader: false,
  }
}

type Route = (request: IncomingMessage, response: ServerResponse) => void

function createRouter(core: Core, stopping: AbortSignal): Route {
  const logger = core.logger.child('http')
  const doors = createDoorMap(core)
  const health = createHealth({ core, isClosing: () => stopping.aborted })
  const api = createApiListener(core, stopping)
  const refuse = (response: ServerResponse, error: unknown) => writeAnswer(response, toProblem(error, { logger }))
  return (request, response) => {
    const { path } = splitTarget(request.url ?? '')
    const door = doors.find(path)
    if (door) return door.node(request, response)
    if (!hasOneHost(request)) {
      return refuse(response, new InputError('PUSH_REQUEST_INVALID', { detail: 'There must be one Host header.' }))
    }
    const check = health.answer(path, request.method ?? '')
    if (check) return void check.then((answer) => writeAnswer(response, answer))
    if (path === '/v1' || path.startsWith('/v1/')) return api(request, response)
    refuse(response, new StateError('PUSH_REQUEST_NOT_FOUND'))
  }
}

/** RFC 9112 §3.2: a request of HTTP/1.1 without Host, or with several, is refused. */
function hasOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}
