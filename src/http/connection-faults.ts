// What arrives at the server but is no request that a handler could answer: malformed or unfinished HTTP, CONNECT, an
// Expect that nobody understands. Each gets an answer where the connection can still carry one.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../model/error-table.ts'
import { InputError } from '../model/push-error.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { rawAnswer, writeAnswer } from './answer.ts'
import { toProblem } from './problem.ts'

/** What a client that has sent more than it should gets to read the answer, before the connection is cut. */
const LINGER_MS = 1000

/** A request line that is well formed, of a method that Node does not know. */
const UNKNOWN_METHOD_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/

const PARSER_CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'PUSH_REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'PUSH_REQUEST_HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PUSH_REQUEST_TOO_LARGE',
}

interface ClientError extends Error {
  readonly code?: string
  /** What the parser stumbled over. */
  readonly rawPacket?: Buffer
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

export interface ConnectionFaultsInput {
  readonly logger: Logger
  readonly clock: Clock
}

export function answerConnectionFaults(server: Server, { logger, clock }: ConnectionFaultsInput): void {
  const latest = new WeakMap<Duplex, Exchange>()
  const answered = new WeakSet<Duplex>()

  function refuse(socket: Duplex, error: InputError): void {
    // The parser goes on complaining for as long as bytes arrive.
    if (answered.has(socket)) return
    answered.add(socket)
    const answer = toProblem(error, { logger })
    logger.debug('A connection was refused.', { status: answer.status, code: error.code })
    socket.on('error', () => {})
    socket.end(rawAnswer(answer))
    // Cutting it at once would let unread bytes reset the connection, and the answer with it.
    void clock.sleep(LINGER_MS).then(() => socket.destroy())
  }

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, { request, response })
  })
  server.on('clientError', (error: ClientError, socket: Duplex) => {
    const isFault = error.code?.startsWith('HPE_') === true || error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    if (isFault && socket.writable && hasRoom(latest.get(socket))) refuse(socket, toInputError(error))
    else socket.destroy()
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(socket, new InputError('PUSH_REQUEST_METHOD_NOT_IMPLEMENTED'))
  })
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const error = new InputError('PUSH_REQUEST_INVALID', { detail: 'The Expect header may only say 100-continue.' })
    writeAnswer(response, toProblem(error, { logger }))
  })
}

/** Whether an answer now would be taken for the answer to what is at fault, and not stand in or behind another's. */
function hasRoom(last: Exchange | undefined): boolean {
  if (last === undefined) return true
  const { request, response } = last
  return response.writableFinished ? request.complete : !response.headersSent && !request.complete
}

function toInputError({ code = '', rawPacket }: ClientError): InputError {
  const known = PARSER_CODES[code]
  if (known !== undefined) return new InputError(known)
  // Latin-1 and the start are enough to tell a method from noise.
  const line = rawPacket?.subarray(0, 1024).toString('latin1') ?? ''
  if (code === 'HPE_INVALID_METHOD' && UNKNOWN_METHOD_LINE.test(line)) {
    return new InputError('PUSH_REQUEST_METHOD_NOT_IMPLEMENTED')
  }
  return new InputError('PUSH_REQUEST_INVALID', { detail: 'This is not valid HTTP/1.1.' })
}
