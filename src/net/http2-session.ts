// One HTTP/2 connection: opened, filled up to the peer's stream limit, watched for life, drained when it is to end.
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import type { HttpAnswer } from './http-client.ts'
import type { Exchange, ExchangePlace, StreamEnd } from './http2-exchange.ts'

export interface SessionBounds {
  /** Streams at once, where the peer allows more. */
  readonly maxStreams: number
  /** Until an answer for which this is true, one request at a time. None: all that there is room for, from the start. */
  readonly opensWith?: ((answer: HttpAnswer) => boolean) | undefined
  /** Milliseconds of silence after which a PING asks whether the other side still lives. */
  readonly pingAfterMs: number
  /** Milliseconds that a PING may stay unanswered. */
  readonly pingTimeoutMs: number
  /** Milliseconds without any request after which the session is given up. */
  readonly idleMs: number
}

export interface SessionCallbacks {
  /** A stream closed, or the peer allows more of them. */
  onRoom(): void
  /** The server did not look at the request: it is to be placed anew. */
  onUnprocessed(exchange: Exchange): void
  /** It takes no further request. Streams may still be open on it. */
  onDraining(session: Http2Session): void
  onClosed(session: Http2Session): void
}

/**
 * Megabytes. Node's own bound of 10 counts what all streams together hold, and ends streams with ENHANCE_YOUR_CALM when
 * some hundreds are open; ours are bounded by their number and the size of their answers.
 */
const MAX_SESSION_MEMORY = 512
/** So long unheard of, the other side is asked whether it lives whenever a request goes to it. */
const STALE_MS = 5_000

export class Http2Session implements ExchangePlace {
  readonly session: ClientHttp2Session
  readonly #bounds: SessionBounds
  readonly #callbacks: SessionCallbacks
  readonly #pulse: NodeJS.Timeout
  #open = 0
  #isProven: boolean
  #draining = false
  #lastStreamId = Number.POSITIVE_INFINITY
  #lastHeard = performance.now()
  #lastUsed = performance.now()
  #pinging = false

  private constructor(session: ClientHttp2Session, bounds: SessionBounds, callbacks: SessionCallbacks) {
    this.session = session
    this.#bounds = bounds
    this.#isProven = bounds.opensWith === undefined
    this.#callbacks = callbacks
    this.#pulse = setInterval(() => this.#check(), Math.min(bounds.pingAfterMs, bounds.idleMs))
    this.#pulse.unref()
    session.on('remoteSettings', () => callbacks.onRoom())
    session.on('goaway', (_code, lastStreamId) => {
      // A second GOAWAY may lower what the first one promised (RFC 9113 §6.8).
      this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId)
      this.#drain()
    })
    session.on('close', () => {
      clearInterval(this.#pulse)
      this.#drain()
      callbacks.onClosed(this)
    })
  }

  /**
   * Speaks HTTP/2 on a connection that stands. Resolves with the peer's settings, so that its stream limit holds from
   * the first request on; rejects when the connection ends before.
   */
  static async start(
    { socket, origin, signal }: { socket: Socket; origin: URL; signal: AbortSignal },
    bounds: SessionBounds,
    callbacks: SessionCallbacks,
  ): Promise<Http2Session> {
    const session = connect(origin, {
      createConnection: () => socket,
      maxSessionMemory: MAX_SESSION_MEMORY,
      settings: { enablePush: false },
    })
    // Streams have their own errors; whoever waits for a session hears of its end by `close`.
    session.on('error', () => {})
    const ended = new AbortController()
    session.once('close', () => ended.abort())
    try {
      await once(session, 'remoteSettings', { signal: AbortSignal.any([signal, ended.signal]) })
    } catch (error) {
      session.destroy()
      if (signal.aborted) throw signal.reason
      throw ended.signal.aborted ? Object.assign(new Error('closed'), { code: 'CLOSED_AT_START' }) : error
    }
    return new Http2Session(session, bounds, callbacks)
  }

  /** How many further requests it takes now. */
  get room(): number {
    if (this.#draining || this.session.closed || this.session.destroyed) return 0
    const allowed = this.session.remoteSettings.maxConcurrentStreams ?? this.#bounds.maxStreams
    return Math.max(0, Math.min(allowed, this.#isProven ? this.#bounds.maxStreams : 1) - this.#open)
  }

  run(exchange: Exchange): void {
    this.#open += 1
    // Near enough, and reading the time again for each request is felt.
    this.#lastUsed = Math.max(this.#lastUsed, exchange.startedAt)
    exchange.placeOn(this)
    // A connection that died in silence shows itself before many requests have gone into it.
    if (this.#lastUsed - this.#lastHeard >= Math.min(STALE_MS, this.#bounds.pingAfterMs)) this.#ping()
  }

  /** Takes nothing new, and ends once its streams have. */
  close(): void {
    this.#drain()
    if (!this.session.closed) this.session.close()
  }

  destroy(): void {
    this.session.destroy()
  }

  wasUnprocessed(streamId: number): boolean {
    return streamId > this.#lastStreamId
  }

  onStreamEnd(exchange: Exchange, end: StreamEnd, answer?: HttpAnswer): void {
    this.#open -= 1
    this.#isProven ||= answer !== undefined && this.#bounds.opensWith?.(answer) === true
    if (end === 'unprocessed') {
      // Whoever refuses one stream within its own limit is about to leave.
      this.close()
      this.#callbacks.onUnprocessed(exchange)
      return
    }
    // Not before then, which is enough to know.
    this.#lastHeard = Math.max(this.#lastHeard, exchange.startedAt)
    this.#callbacks.onRoom()
  }

  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    this.#callbacks.onDraining(this)
  }

  #check(): void {
    const now = performance.now()
    const isIdle = this.#open === 0 && now - this.#lastUsed >= this.#bounds.idleMs
    if (isIdle) this.close()
    else if (now - this.#lastHeard >= this.#bounds.pingAfterMs) this.#ping()
  }

  #ping(): void {
    if (this.#pinging || this.session.destroyed) return
    this.#pinging = true
    const late = setTimeout(() => this.session.destroy(), this.#bounds.pingTimeoutMs)
    late.unref()
    this.session.ping((error: Error | null) => {
      clearTimeout(late)
      this.#pinging = false
      if (!error) this.#lastHeard = performance.now()
    })
  }
}
