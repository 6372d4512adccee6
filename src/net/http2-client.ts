// Outbound HTTP/2 to one origin: few long-lived sessions, each filled up to the peer's stream limit before another is
// opened. What a server did not look at (GOAWAY, REFUSED_STREAM) is sent again by itself; any other loss is reported,
// since nobody knows then.
import { StateError } from '../model/push-error.ts'
import type { HttpAnswer } from './http-client.ts'
import { Exchange, type ExchangeBounds, type Http2Request } from './http2-exchange.ts'
import { unreachable } from './http2-failures.ts'
import { Http2Session, type SessionBounds, type SessionCallbacks } from './http2-session.ts'
import { openSocket, type SocketOptions } from './open-socket.ts'

export type { Http2Request } from './http2-exchange.ts'

export interface Http2ClientOptions extends SocketOptions {
  /** https:// (or http://, then without TLS and with prior knowledge) URL; its path is not used. */
  readonly origin: URL
  /** Sessions that take requests at once. Default 4. */
  readonly maxSessions?: number
  /** Streams at once on one session, where the peer allows more. Default 1,000. */
  readonly maxStreams?: number
  /**
   * A new session takes one request at a time until an answer for which this is true. Default: it takes all that there
   * is room for at once.
   */
  readonly opensWith?: ((answer: HttpAnswer) => boolean) | undefined
  /** Requests that may wait for a stream; more are refused. Default 10,000. */
  readonly maxWaiting?: number
  /** Milliseconds until the answer must be complete, waiting and connecting included. Default 30,000. */
  readonly timeoutMs?: number
  /** Milliseconds until a connection must stand. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Bytes of an answer that are read; the rest is cut off. Default 65,536. */
  readonly maxAnswerBytes?: number
  /** Milliseconds of silence before a PING. Default 30,000. */
  readonly pingAfterMs?: number
  /** Milliseconds for the answer to a PING. Default 5,000. */
  readonly pingTimeoutMs?: number
  /** Milliseconds without a request before a session is closed. Default 900,000 (15 minutes). */
  readonly idleMs?: number
}

export interface Http2Client {
  /**
   * Throws `TransportError`: PUSH_TRANSPORT_UNREACHABLE when the server looked at nothing of the request, else
   * PUSH_TRANSPORT_UNANSWERED. Throws the signal's reason when `signal` aborts.
   */
  request(request: Http2Request, signal?: AbortSignal): Promise<HttpAnswer>
  /** Sessions end with what is on its way on them; what comes next goes over new ones. */
  replaceSessions(): void
  /** Takes nothing further, and resolves once what is on its way has ended; what waits for a stream fails unsent. */
  close(): Promise<void>
}

/** After a failed attempt, while other sessions work: before the next attempt, in milliseconds. */
const GROWTH_PAUSE_MS = 1_000

export function createHttp2Client(options: Http2ClientOptions): Http2Client {
  const pool = new SessionPool(options)
  return {
    request: (request, signal) => pool.request(request, signal),
    replaceSessions: () => pool.replaceSessions(),
    close: () => pool.close(),
  }
}

class SessionPool {
  readonly #options: Http2ClientOptions
  readonly #exchangeBounds: ExchangeBounds
  readonly #sessionBounds: SessionBounds
  readonly #maxSessions: number
  readonly #maxWaiting: number
  /** Those that take requests. */
  readonly #ready = new Set<Http2Session>()
  /** Those whose connection stands, draining ones included. */
  readonly #alive = new Set<Http2Session>()
  readonly #waiting = new Set<Exchange>()
  /** In the order of their deadlines, since all have the same time. */
  readonly #unsettled = new Set<Exchange>()
  /** One timer for all: it stands for the oldest. */
  #deadline: NodeJS.Timeout | undefined
  readonly #closing = new AbortController()
  #connecting: Promise<void> | undefined
  /** Runs while it is too early for another attempt. */
  #growthPause: NodeJS.Timeout | undefined
  #onAllClosed: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(options: Http2ClientOptions) {
    this.#options = options
    this.#maxSessions = options.maxSessions ?? 4
    this.#maxWaiting = options.maxWaiting ?? 10_000
    this.#exchangeBounds = {
      host: options.origin.host,
      timeoutMs: options.timeoutMs ?? 30_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 65_536,
      onSettled: (exchange) => {
        this.#unsettled.delete(exchange)
        this.#waiting.delete(exchange)
      },
    }
    this.#sessionBounds = {
      maxStreams: options.maxStreams ?? 1_000,
      opensWith: options.opensWith,
      pingAfterMs: options.pingAfterMs ?? 30_000,
      pingTimeoutMs: options.pingTimeoutMs ?? 5_000,
      idleMs: options.idleMs ?? 900_000,
    }
  }

  // Not async: a promise around the promise would cost every request further turns.
  request(request: Http2Request, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const refusal = this.#refusal(signal)
    if (refusal !== undefined) return Promise.reject(refusal)
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, this.#exchangeBounds, { resolve, reject }, signal)
      this.#unsettled.add(exchange)
      this.#deadline ??= setTimeout(this.#expireLate, this.#exchangeBounds.timeoutMs).unref()
      const session = this.#waiting.size === 0 ? this.#firstWithRoom() : undefined
      if (session) return session.run(exchange)
      this.#waiting.add(exchange)
      this.#placeWaiting()
    })
  }

  #firstWithRoom(): Http2Session | undefined {
    for (const session of this.#ready) if (session.room > 0) return session
    return undefined
  }

  #refusal(signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    if (this.#closing.signal.aborted) return new StateError('PUSH_CLOSED')
    if (this.#waiting.size < this.#maxWaiting) return undefined
    return unreachable(
      this.#exchangeBounds.host,
      `has ${this.#maxWaiting} requests waiting for it; this one was not sent`,
    )
  }

  replaceSessions(): void {
    for (const session of [...this.#ready]) session.close()
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.#closing.abort()
    this.#failWaiting('was not sent the request, since the connection to it is being closed')
    await this.#connecting
    for (const session of this.#alive) session.close()
    if (this.#alive.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onAllClosed = resolve
    })
  }

  readonly #expireLate = () => {
    this.#deadline = undefined
    const { timeoutMs } = this.#exchangeBounds
    const now = performance.now()
    for (const exchange of this.#unsettled) {
      const left = exchange.startedAt + timeoutMs - now
      if (left > 0) {
        this.#deadline = setTimeout(this.#expireLate, left).unref()
        return
      }
      exchange.expire()
    }
  }

  #placeWaiting(): void {
    for (const session of this.#ready) {
      for (let room = session.room; room > 0 && this.#waiting.size > 0; room--) {
        const [exchange] = this.#waiting
        if (exchange === undefined) break
        this.#waiting.delete(exchange)
        session.run(exchange)
      }
    }
    if (this.#waiting.size > 0) this.#grow()
  }

  #grow(): void {
    if (this.#connecting !== undefined || this.#closing.signal.aborted) return
    if (this.#ready.size >= this.#maxSessions) return
    if (this.#ready.size > 0 && this.#growthPause !== undefined) return
    this.#connecting = this.#open().then(
      () => {
        this.#connecting = undefined
        this.#placeWaiting()
      },
      (error: unknown) => {
        this.#connecting = undefined
        if (this.#ready.size > 0) this.#growLater()
        else this.#failWaiting(`could not be connected to (${codeOf(error)})`, error)
      },
    )
  }

  #growLater(): void {
    clearTimeout(this.#growthPause)
    this.#growthPause = setTimeout(() => {
      this.#growthPause = undefined
      this.#placeWaiting()
    }, GROWTH_PAUSE_MS).unref()
  }

  async #open(): Promise<void> {
    const { origin, connectTimeoutMs = 10_000 } = this.#options
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(connectTimeoutMs)])
    const socket = await openSocket(origin, { ...this.#options, alpn: 'h2' }, signal)
    const session = await Http2Session.start({ socket, origin, signal }, this.#sessionBounds, this.#callbacks)
    this.#alive.add(session)
    this.#ready.add(session)
  }

  readonly #callbacks: SessionCallbacks = {
    onRoom: () => {
      if (this.#waiting.size > 0) this.#placeWaiting()
    },
    onUnprocessed: (exchange) => {
      if (exchange.isRepeatable && !this.#closing.signal.aborted) this.#waiting.add(exchange)
      else exchange.failUnsent('refuses to look at the request')
      this.#placeWaiting()
    },
    onDraining: (session) => this.#ready.delete(session),
    onClosed: (session) => {
      this.#alive.delete(session)
      if (this.#alive.size === 0) this.#onAllClosed?.()
      if (this.#waiting.size > 0) this.#placeWaiting()
    },
  }

  #failWaiting(what: string, cause?: unknown): void {
    // A connection error holds host and code; what it may hold beyond is of no use.
    const shown = cause === undefined ? undefined : Object.assign(new Error(codeOf(cause)), { code: codeOf(cause) })
    for (const exchange of [...this.#waiting]) exchange.failUnsent(what, shown)
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
