// The one HTTP server: collects service requests, has them judged, and carries the answers out.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../../util/clock.ts'
import { EmulatorError } from '../emulator-error.ts'
import type { EmulatedService } from '../faults/fault-rule.ts'
import type { Answer, Judgement, Reply } from './answer.ts'
import { MAX_FORM_BYTES, type ServiceRequest } from './form-request.ts'
import type { RecordingJournal } from './request-journal.ts'

/** Longer than senders keep idle connections, so that they do not lose a request to a connection closing under it. */
const KEEP_ALIVE_MS = 65_000
/** A longer body is answered before its end. */
const MAX_DISCARDED_BYTES = 16 * MAX_FORM_BYTES

const NOTHING_KNOWN = {
  body: undefined,
  status: undefined,
  objection: undefined,
  registrationId: undefined,
  fault: undefined,
}

export interface ServicePath {
  readonly service: EmulatedService
  judge(request: ServiceRequest): Judgement
}

export interface EmulatorServerOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly journal: RecordingJournal
  /** The services by path; everything else goes to `control`. */
  readonly paths: ReadonlyMap<string, ServicePath>
  /** Aborts when the emulator closes. */
  readonly closing: AbortSignal
  control(request: IncomingMessage, response: ServerResponse): void
}

export interface EmulatorServer {
  /** Without a slash at its end. */
  readonly url: string
  /** Ends every connection, also those whose request was never answered. */
  close(): Promise<void>
}

export async function startEmulatorServer(options: EmulatorServerOptions): Promise<EmulatorServer> {
  const { host, port, paths, control } = options
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const { url = '/' } = request
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const service = paths.get(path)
    if (service) receive(request, response, service, mark < 0 ? undefined : url.slice(mark + 1), options)
    else control(request, response)
  })
  const { port: boundPort } = await listen(server, host, port)
  return {
    url: `http://${reachableHost(host)}:${boundPort}`,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reason = code === 'EADDRINUSE' ? 'something else listens there' : `it cannot be used (${code ?? error})`
    throw new EmulatorError('EMULATOR_LISTEN', `The emulator cannot listen on ${host}, port ${port}: ${reason}.`, {
      cause: error,
    })
  }
  return server.address() as AddressInfo
}

/** A host that means "every interface" is no place to connect to. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { service, judge }: ServicePath,
  query: string | undefined,
  { clock, journal, closing }: EmulatorServerOptions,
): void {
  const { method = '', headers } = request

  function answer(body: string | undefined): void {
    const receivedAt = clock.now()
    const judgement = judge({ method, query, headers, body })
    const { outcome, objection, registrationId, fault, delayMs } = judgement
    const status = judgement.answer.kind === 'reply' ? judgement.answer.status : undefined
    journal.record({ receivedAt, service, method, headers, body, outcome, status, objection, registrationId, fault })
    if (delayMs === undefined) {
      give(judgement.answer, request.socket, response)
      return
    }
    clock.sleep(delayMs, closing).then(
      () => give(judgement.answer, request.socket, response),
      () => request.socket.destroy(),
    )
  }

  function abort(): void {
    journal.record({ ...NOTHING_KNOWN, receivedAt: clock.now(), service, method, headers, outcome: 'aborted' })
  }

  collectBody(request, response, answer, abort)
}

/** Calls `complete` with the body as Latin-1, or undefined when it is too long; or `abort`, when it never ends. */
function collectBody(
  request: IncomingMessage,
  response: ServerResponse,
  complete: (body: string | undefined) => void,
  abort: () => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  let over = false

  function end(): void {
    if (over) return
    over = true
    complete(bytes > MAX_FORM_BYTES ? undefined : Buffer.concat(chunks).toString('latin1'))
  }

  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_FORM_BYTES) chunks.push(chunk)
    if (bytes <= MAX_DISCARDED_BYTES) return
    response.shouldKeepAlive = false
    end()
  })
  request.on('end', end)
  request.on('close', () => {
    if (over) return
    over = true
    abort()
  })
  // A client that leaves in mid-request is no error of ours; `close` follows.
  request.on('error', () => {})
}

function give(answer: Answer, socket: Socket, response: ServerResponse): void {
  switch (answer.kind) {
    case 'reply':
      writeHead(response, answer)
      response.end(answer.body)
      return
    case 'torn':
      writeHead(response, answer.reply)
      response.write(answer.reply.body.slice(0, answer.reply.body.length / 2), () => socket.destroy())
      return
    case 'reset':
      socket.resetAndDestroy()
      return
    case 'hold':
  }
}

function writeHead(response: ServerResponse, { status, contentType, body, headers }: Reply): void {
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
}
