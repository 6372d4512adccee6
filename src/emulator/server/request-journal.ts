// What has been asked of the emulated services: counts that never forget, and the newest requests in full.
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../util/clock.ts'
import { EmulatorError } from '../emulator-error.ts'
import { EMULATED_SERVICES, type EmulatedService } from '../faults/fault-rule.ts'
import { type NextOptions, type Sequenced, SequenceLog } from '../sequence-log.ts'

const REQUEST_LIMIT = 1000
const MAX_REQUEST_LIMIT = 1_000_000

export interface RequestRecord extends Sequenced {
  /** When its last byte had come, in milliseconds since the epoch. */
  readonly receivedAt: number
  readonly service: EmulatedService
  readonly method: string
  /** The path, and the query where there is one. */
  readonly target: string
  /** As they came, with the token: nothing here is a real secret. */
  readonly headers: IncomingHttpHeaders
  /** As it came, a form in Latin-1, JSON in UTF-8, Web Push in base64url; undefined when it was too long to keep. */
  readonly body: string | undefined
  /**
   * `accepted`; Web Push also `deleted` (a message was taken back) and `undecryptable` (taken, but its device could not
   * read it); the code of a documented error; `unauthorized` (401); `malformed` (what a correct client does not
   * send); `flaky` (503 because of the address's name); `aborted` (the client left, or a GOAWAY came, before its request
   * was complete); or what a fault did: `status-<n>`, `no-answer`, `reset`, `torn`, `garbage`,
   * `refused-stream`, `stream-reset`.
   */
  readonly outcome: string
  /** The HTTP status, when there is an answer. */
  readonly status: number | undefined
  /** The answer's header Retry-After: how long senders were asked to wait. */
  readonly retryAfter: string | undefined
  /** What the emulator has against the request. */
  readonly objection: string | undefined
  /** The device or topic that the message was for. */
  readonly address: string | undefined
  /** C2DM's name for the address. */
  readonly registrationId: string | undefined
  /** Id of the fault rule that struck. */
  readonly fault: string | undefined
}

export type RequestCounts = Record<EmulatedService, Record<string, number>>

export interface RequestJournal {
  /** Number of requests by service and outcome, since the start or the last clear. */
  counts(): RequestCounts
  /** Requests of a service, or only those with this outcome. */
  count(service: EmulatedService, outcome?: string): number
  /** The newest that are kept, oldest first; only those with a greater sequence number than `after`. */
  recent(after?: number): RequestRecord[]
  /** The sequence number of the newest request ever; 0 before the first. */
  readonly last: number
  /** The oldest kept request that fits, or the first that comes. */
  next(options?: NextOptions<RequestRecord>): Promise<RequestRecord>
  clear(): void
}

export interface RecordingJournal extends RequestJournal {
  /** Counts a request, and keeps nothing of it. */
  tally(service: EmulatedService, outcome: string): void
  record(entry: Omit<RequestRecord, 'sequence' | 'registrationId'>): void
  end(error: EmulatorError): void
}

interface JournalOptions {
  /** By which waits are timed. */
  readonly clock: Clock
  recorded(request: RequestRecord): void
  cleared(): void
  /** Requests that are kept; with 0 it counts, and keeps nothing. Default 1,000. */
  readonly limit?: number | undefined
}

export function createRequestJournal(options: JournalOptions): RecordingJournal {
  const { clock, limit = REQUEST_LIMIT } = options
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_REQUEST_LIMIT) {
    throw new EmulatorError('EMULATOR_INPUT', `keepRequests must be a whole number from 0 to ${MAX_REQUEST_LIMIT}.`)
  }
  const log = new SequenceLog<RequestRecord>({ clock, limit, name: 'the request log' })
  const counts = new Map<EmulatedService, Map<string, number>>()
  const countsOf = (service: EmulatedService) => counts.get(service) ?? new Map<string, number>()

  function tally(service: EmulatedService, outcome: string): void {
    const ofService = countsOf(service)
    ofService.set(outcome, (ofService.get(outcome) ?? 0) + 1)
    counts.set(service, ofService)
  }

  return {
    tally,
    record(entry) {
      tally(entry.service, entry.outcome)
      if (limit === 0) return
      const registrationId = entry.service === 'c2dm' ? entry.address : undefined
      options.recorded(log.append((sequence) => ({ sequence, registrationId, ...entry })))
    },
    counts() {
      const all = EMULATED_SERVICES.map((service) => [service, Object.fromEntries(countsOf(service))])
      return Object.fromEntries(all) as RequestCounts
    },
    count(service, outcome) {
      const ofService = countsOf(service)
      if (outcome !== undefined) return ofService.get(outcome) ?? 0
      return [...ofService.values()].reduce((sum, number) => sum + number, 0)
    },
    recent: (after = 0) => log.after(after),
    get last() {
      return log.last
    },
    next: (options) => log.next(options),
    clear() {
      counts.clear()
      log.clear()
      options.cleared()
    },
    end: (error) => log.end(error),
  }
}
