// One request to an emulated service, whatever the version of HTTP: collects its body, has it judged, records it, and
// gives the answer when its time has come.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Clock } from '../../util/clock.ts'
import type { EmulatedService } from '../faults/fault-rule.ts'
import type { Answer, GoAway, Judgement } from './answer.ts'
import type { RecordingJournal } from './request-journal.ts'
import { MAX_BODY_BYTES, type ServiceRequest } from './service-request.ts'

/** A longer body is answered before its end. */
const MAX_DISCARDED_BYTES = 16 * MAX_BODY_BYTES

const NOTHING_KNOWN = {
  body: undefined,
  status: undefined,
  retryAfter: undefined,
  objection: undefined,
  address: undefined,
  fault: undefined,
}

export interface EmulatedEndpoint {
  readonly service: EmulatedService
  /** How the journal shows a body: forms byte by byte, JSON as what it says, what is encrypted in base64url. */
  readonly bodyEncoding: 'latin1' | 'utf8' | 'base64url'
  judge(request: ServiceRequest): Judgement
}

/** A request that has begun, and the ways to end it. */
export interface Exchange {
  readonly method: string
  /** The request target. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** Its body has come. False: a GOAWAY has left it unprocessed, so that it must be neither judged nor answered. */
  claim(): boolean
  give(answer: Answer, goAway: GoAway | undefined): void
  /** The body is too long: answer now, and end the connection afterwards where that is the only way to stop it. */
  stopReading(): void
  /** Ends it without an answer: the emulator closes. */
  drop(): void
}

export interface ExchangeContext {
  readonly clock: Clock
  readonly journal: RecordingJournal
  /** Aborts when the emulator closes. */
  readonly closing: AbortSignal
}

export function runExchange(exchange: Exchange, endpoint: EmulatedEndpoint, context: ExchangeContext): void {
  const { method, target, headers } = exchange
  const { service, bodyEncoding } = endpoint
  const { clock, journal, closing } = context
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? undefined : target.slice(mark + 1)

  function answer(body: Buffer | undefined): void {
    if (!exchange.claim()) {
      abort()
      return
    }
    const receivedAt = clock.now()
    const judgement = endpoint.judge({ method, path, query, headers, body })
    const { outcome, objection, address, fault, delayMs, goAway } = judgement
    const reply = judgement.answer.kind === 'reply' ? judgement.answer : undefined
    const text = body?.toString(bodyEncoding)
    const judged = {
      ...{ outcome, objection, address, fault },
      ...{ status: reply?.status, retryAfter: reply?.headers?.['retry-after'] },
    }
    journal.record({ receivedAt, service, method, target, headers, body: text, ...judged })
    if (delayMs === undefined) {
      exchange.give(judgement.answer, goAway)
      return
    }
    clock.sleep(delayMs, closing).then(
      () => exchange.give(judgement.answer, goAway),
      () => exchange.drop(),
    )
  }

  function abort(): void {
    journal.record({ ...NOTHING_KNOWN, receivedAt: clock.now(), service, method, target, headers, outcome: 'aborted' })
  }

  collectBody(exchange, answer, abort)
}

/** Calls `complete` with the body, or undefined when it is too long; or `abort`, when it never ends. */
function collectBody(exchange: Exchange, complete: (body: Buffer | undefined) => void, abort: () => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  let over = false

  function end(): void {
    // A stream of HTTP/2 ends also when its client is gone; `close` follows.
    if (over || ('aborted' in exchange.body && exchange.body.aborted === true)) return
    over = true
    complete(bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks))
  }

  const { body } = exchange
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    if (bytes <= MAX_DISCARDED_BYTES) return
    exchange.stopReading()
    end()
  })
  body.on('end', end)
  body.on('close', () => {
    if (over) return
    over = true
    abort()
  })
  // A client that leaves in mid-request is no error of ours; `close` follows.
  body.on('error', () => {})
}
