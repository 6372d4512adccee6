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
import { type AbortListener, listenForAbort, stopListening } from '../util/on-abort.ts'
import type { HttpAnswer } from './http-client.ts'
import { resetName, unreachable } from './http2-failures.ts'

export interface Http2Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  /** A function is asked each time that the request is placed on a stream. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>)
  readonly body?: string | Uint8Array
}

/** The same for all exchanges of a client. */
export interface ExchangeBounds {
  /** For people and logs: host and port of the other side. */
  readonly host: string
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
  /** Ended for whoever asked, though its stream may still close. */
  onSettled(exchange: Exchange): void
}

/** How a stream ended. `unprocessed`: the server looked at nothing of it (RFC 9113 §8.7). */
export type StreamEnd = 'done' | 'unprocessed'

type AnswerHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader

/** The session that an exchange is placed on. */
export interface ExchangePlace {
  readonly session: ClientHttp2Session
  wasUnprocessed(streamId: number): boolean
  /** Called once for each placing, when the stream is closed. `answer`: where there was a complete one. */
  onStreamEnd(exchange: Exchange, end: StreamEnd, answer?: HttpAnswer): void
}

export interface ExchangeCallbacks {
  resolve(answer: HttpAnswer): void
  reject(error: unknown): void
}

const EXCHANGE = Symbol('exchange')
interface PlacedStream extends ClientHttp2Stream {
  [EXCHANGE]: Exchange
}

// A closure for each event of each stream would cost more than the event.
function onResponse(this: PlacedStream, headers: AnswerHeaders): void {
  this[EXCHANGE].onResponse(headers)
}
function onData(this: PlacedStream, chunk: Buffer): void {
  this[EXCHANGE].onData(chunk)
}
function onEnd(this: PlacedStream): void {
  this[EXCHANGE].onEnd()
}
function onError(this: PlacedStream, error: Error): void {
  this[EXCHANGE].onError(error)
}
function onClose(this: PlacedStream): void {
  this[EXCHANGE].onClose()
}

/** A server that refuses a request so often takes none. */
const MAX_PLACEMENTS = 5

export class Exchange implements AbortListener {
  /** `performance.now()` of the moment when it was asked for. */
  readonly startedAt = performance.now()
  readonly #request: Http2Request
  readonly #bounds: ExchangeBounds
  readonly #resolve: (answer: HttpAnswer) => void
  readonly #reject: (error: unknown) => void
  readonly #signal: AbortSignal | undefined
  #place: ExchangePlace | undefined
  #stream: PlacedStream | undefined
  #headers: AnswerHeaders | undefined
  #body: Buffer | undefined
  #truncated = false
  #answer: HttpAnswer | undefined
  #failure: Error | undefined
  #placements = 0
  #settled = false

  constructor(
    request: Http2Request,
    bounds: ExchangeBounds,
    { resolve, reject }: ExchangeCallbacks,
    signal: AbortSignal | undefined,
  ) {
    this.#request = request
    this.#bounds = bounds
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    if (signal) listenForAbort(signal, this)
  }

  /** Whether it may be placed once more. */
  get isRepeatable(): boolean {
    return !this.#settled && this.#placements < MAX_PLACEMENTS
  }

  /** Opens a stream for it. */
  placeOn(place: ExchangePlace): void {
    const { method, path, headers: given, body } = this.#request
    const headers = typeof given === 'function' ? given() : given
    this.#placements += 1
    let stream: PlacedStream
    try {
      stream = place.session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: body === undefined },
      ) as PlacedStream
    } catch {
      // The session ended between the choice of it and now.
      queueMicrotask(() => place.onStreamEnd(this, 'unprocessed'))
      return
    }
    stream[EXCHANGE] = this
    this.#place = place
    this.#stream = stream
    stream.on('response', onResponse)
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('error', onError)
    stream.on('close', onClose)
    if (body !== undefined) stream.end(body)
  }

  /** It was placed on no stream, or on none that a server looked at, and never will be. */
  failUnsent(what: string, cause?: unknown): void {
    this.#fail(unreachable(this.#bounds.host, what, cause))
  }

  onAbort(): void {
    this.#fail(this.#signal?.reason)
  }

  /** Its time is over. */
  expire(): void {
    const { host, timeoutMs } = this.#bounds
    this.#fail(
      this.#stream === undefined
        ? unreachable(host, `did not take the request within ${timeoutMs} ms`)
        : new TransportError('PUSH_TRANSPORT_UNANSWERED', { detail: `${host} did not answer within ${timeoutMs} ms.` }),
    )
  }

  /** Of its stream, as what follows. */
  onResponse(headers: AnswerHeaders): void {
    this.#headers = headers
  }

  onData(chunk: Buffer): void {
    if (this.#truncated) return
    const body = this.#body ? Buffer.concat([this.#body, chunk]) : chunk
    this.#body = body
    this.#truncated = body.length > this.#bounds.maxAnswerBytes
    if (this.#truncated) this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  onEnd(): void {
    // A stream that was reset ends too; its code tells.
    if (this.#stream?.rstCode === constants.NGHTTP2_NO_ERROR) this.#complete()
  }

  onError(error: Error): void {
    this.#failure = error
  }

  onClose(): void {
    const stream = this.#stream
    const place = this.#place
    if (stream === undefined || place === undefined) return
    this.#stream = undefined
    if (this.#truncated) this.#complete()
    if (this.#answer === undefined && isUnprocessed(stream, place)) {
      // The next stream begins afresh, whatever came on this one.
      this.#headers = undefined
      this.#body = undefined
      this.#failure = undefined
      place.onStreamEnd(this, 'unprocessed')
      return
    }
    if (this.#answer === undefined) this.#fail(this.#unanswered(stream.rstCode))
    place.onStreamEnd(this, 'done', this.#answer)
  }

  #complete(): void {
    if (this.#headers === undefined) return
    const { maxAnswerBytes } = this.#bounds
    const body = this.#body?.toString('utf8', 0, Math.min(this.#body.length, maxAnswerBytes)) ?? ''
    const status = this.#headers[':status'] ?? 0
    this.#answer = { status, headers: this.#headers, body, truncated: this.#truncated }
    if (this.#settle()) this.#resolve(this.#answer)
  }

  #unanswered(resetCode: number | undefined): TransportError {
    const failure = this.#failure
    const code = resetCode || !failure || !('code' in failure) ? resetName(resetCode) : String(failure.code)
    return new TransportError('PUSH_TRANSPORT_UNANSWERED', {
      detail: `${this.#bounds.host} ended the exchange without a complete answer (${code}).`,
      cause: new Error(failure?.message ?? code),
    })
  }

  #fail(error: unknown): void {
    if (this.#settle()) this.#reject(error)
    // Also tells the server that nobody waits any more.
    this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    if (this.#signal) stopListening(this.#signal, this)
    this.#bounds.onSettled(this)
    return true
  }
}

function isUnprocessed(stream: ClientHttp2Stream, place: ExchangePlace): boolean {
  // Without an id it never left this process.
  return (
    stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined || place.wasUnprocessed(stream.id)
  )
}
