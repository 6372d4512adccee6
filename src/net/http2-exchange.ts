// One request over HTTP/2 from the moment it is asked for until its answer, its failure or its abort; it may be placed
// on several streams in turn, when a server says that it did not look at it.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { TransportError } from '../model/push-error.ts'
import { onAbort } from '../util/on-abort.ts'
import type { HttpAnswer } from './http-client.ts'

export interface Http2Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  /** A function is asked each time that the request is placed on a stream. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  readonly body?: string | Uint8Array
}

export interface ExchangeBounds {
  /** For people and logs: host and port of the other side. */
  readonly host: string
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
}

/** How a stream ended. `unprocessed`: the server looked at nothing of it (RFC 9113 §8.7). */
export type StreamEnd = 'done' | 'unprocessed'
/** `answer`: where there was a complete one. */
export type OnEnd = (end: StreamEnd, answer?: HttpAnswer) => void

export interface ExchangeCallbacks {
  resolve(answer: HttpAnswer): void
  reject(error: unknown): void
  /** Ended for whoever asked, though its stream may still close. */
  onSettled(exchange: Exchange): void
}

/** A server that refuses a request so often takes none. */
const MAX_PLACEMENTS = 5

export class Exchange {
  readonly #request: Http2Request
  readonly #bounds: ExchangeBounds
  readonly #callbacks: ExchangeCallbacks
  readonly #signal: AbortSignal | undefined
  readonly #deadline: NodeJS.Timeout
  readonly #stopListening: (() => void) | undefined
  #stream: ClientHttp2Stream | undefined
  #placements = 0
  #settled = false

  constructor(
    request: Http2Request,
    bounds: ExchangeBounds,
    callbacks: ExchangeCallbacks,
    signal: AbortSignal | undefined,
  ) {
    this.#request = request
    this.#bounds = bounds
    this.#callbacks = callbacks
    this.#signal = signal
    this.#deadline = setTimeout(() => this.#expire(), bounds.timeoutMs)
    this.#stopListening = signal && onAbort(signal, this.#onAbort)
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Whether it may be placed once more. */
  get isRepeatable(): boolean {
    return !this.#settled && this.#placements < MAX_PLACEMENTS
  }

  /** Opens a stream for it. `onEnd` is called once, when the stream is closed. */
  place(session: ClientHttp2Session, wasUnprocessed: (streamId: number) => boolean, onEnd: OnEnd) {
    const { method, path, headers: given, body } = this.#request
    const headers = typeof given === 'function' ? given() : given
    this.#placements += 1
    let stream: ClientHttp2Stream
    try {
      stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined })
    } catch {
      // The session ended between the choice of it and now.
      queueMicrotask(() => onEnd('unprocessed'))
      return
    }
    this.#stream = stream
    const answer = collectAnswer(stream, this.#bounds.maxAnswerBytes)
    let failure: Error | undefined
    stream.on('error', (error) => {
      failure = error
    })
    stream.on('close', () => {
      this.#stream = undefined
      const complete = answer.read()
      if (complete) this.#succeed(complete)
      else if (isUnprocessed(stream, wasUnprocessed)) return onEnd('unprocessed')
      else this.#fail(this.#unanswered(failure, stream.rstCode))
      onEnd('done', complete)
    })
    if (body !== undefined) stream.end(body)
  }

  /** It was placed on no stream, or on none that a server looked at, and never will be. */
  failUnsent(what: string, cause?: unknown): void {
    this.#fail(unreachable(this.#bounds.host, what, cause))
  }

  readonly #onAbort = () => {
    this.#fail(this.#signal?.reason)
  }

  #expire(): void {
    const { host, timeoutMs } = this.#bounds
    this.#fail(
      this.#stream === undefined
        ? unreachable(host, `did not take the request within ${timeoutMs} ms`)
        : new TransportError('PUSH_TRANSPORT_UNANSWERED', { detail: `${host} did not answer within ${timeoutMs} ms.` }),
    )
  }

  #unanswered(failure: Error | undefined, resetCode: number | undefined): TransportError {
    const code = resetCode || !failure || !('code' in failure) ? resetName(resetCode) : String(failure.code)
    return new TransportError('PUSH_TRANSPORT_UNANSWERED', {
      detail: `${this.#bounds.host} ended the exchange without a complete answer (${code}).`,
      cause: new Error(failure?.message ?? code),
    })
  }

  #succeed(answer: HttpAnswer): void {
    if (this.#settle()) this.#callbacks.resolve(answer)
  }

  #fail(error: unknown): void {
    if (this.#settle()) this.#callbacks.reject(error)
    // Also tells the server that nobody waits any more.
    this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    clearTimeout(this.#deadline)
    this.#stopListening?.()
    this.#callbacks.onSettled(this)
    return true
  }
}

export function unreachable(host: string, what: string, cause?: unknown): TransportError {
  return new TransportError('PUSH_TRANSPORT_UNREACHABLE', { detail: `${host} ${what}.`, cause })
}

function isUnprocessed(stream: ClientHttp2Stream, wasUnprocessed: (streamId: number) => boolean): boolean {
  // Without an id it never left this process.
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined || wasUnprocessed(stream.id)
}

/** `read` gives the answer once it is complete, or as long as it may become. */
function collectAnswer(stream: ClientHttp2Stream, maxBytes: number): { read(): HttpAnswer | undefined } {
  let headers: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined
  const chunks: Buffer[] = []
  let length = 0
  let ended = false
  let truncated = false
  stream.on('response', (incoming) => {
    headers = incoming
  })
  stream.on('data', (chunk: Buffer) => {
    if (truncated) return
    chunks.push(chunk)
    length += chunk.length
    truncated = length > maxBytes
    if (truncated) stream.close(constants.NGHTTP2_CANCEL)
  })
  stream.on('end', () => {
    ended = true
  })
  return {
    read() {
      // A stream that was reset ends too; its code tells.
      const isWhole = truncated || (ended && stream.rstCode === constants.NGHTTP2_NO_ERROR)
      if (headers === undefined || !isWhole) return undefined
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      const text = body.toString('utf8', 0, Math.min(body.length, maxBytes))
      return { status: headers[':status'] ?? 0, headers, body: text, truncated }
    },
  }
}

/** By code, from 0: RFC 9113 §7. */
const RESET_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

function resetName(code = -1): string {
  return RESET_NAMES[code] ?? 'closed'
}
