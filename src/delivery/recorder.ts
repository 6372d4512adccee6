// Writes what came of sends, in bulk: many rows for the price of one commit. What is added first is written first, so
// that a job is never finished before its results are in.
import type { Database, Tx } from '../database/tx.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { ClaimedJob, NewJob } from '../queue/job.ts'
import type { Queue } from '../queue/queue.ts'
import { insertResults, type Result } from '../store/deliveries.ts'
import { type DeadAddress, failDevices } from '../store/devices.ts'
import { lockHolds } from '../store/holds.ts'
import { failRegistrations } from '../store/registrations.ts'
import type { Clock } from '../util/clock.ts'
import { createFifo } from '../util/fifo.ts'
import type { Logger } from '../util/logger.ts'

/** What one send, or the end of one job, changes in the database. */
export interface Entry {
  readonly result?: Result
  readonly dead?: DeadAddress
  readonly failedRegistration?: { readonly registrationId: string; readonly reason: string }
  /** The job that ends here, and what it leaves for later. */
  readonly finished?: { readonly claim: ClaimedJob; readonly later: readonly NewJob[] }
  /** A job that is given back with sends undone: only once the results of the others are in. */
  readonly released?: ClaimedJob
}

const MAX_ROWS = 500
const MAX_WAIT_MS = 25
const PAUSE_AFTER_ERROR_MS = 500
/** Stated, since the default reason is a new exception with its stack each time. */
const WOKEN = 'woken'

export interface Recorder {
  add(entry: Entry): void
  /** No more results are likely to come soon: writes what there is. */
  nudge(): void
  /** The process must end although the database is away: what is not written by now is forgotten. */
  giveUp(): void
}

export interface RecorderInput {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly logger: Logger
  readonly raise: RaiseEvent
  /** Whether more results are likely to come soon, so that waiting for them pays. */
  readonly expectsMore: () => boolean
  /** A batch is committed; these jobs are no longer ours. */
  readonly onRecorded: (ended: readonly ClaimedJob[]) => void
}

export function createRecorder(input: RecorderInput): Recorder {
  const entries = createFifo<Entry>()
  let writing = false
  let pause: AbortController | undefined
  const givenUp = new AbortController()

  async function write(): Promise<void> {
    writing = true
    while (entries.length > 0) {
      if (entries.length < MAX_ROWS && input.expectsMore()) {
        pause = new AbortController()
        // Rejects only when it is cut short.
        await input.clock.sleep(MAX_WAIT_MS, pause.signal).catch(() => undefined)
      }
      const batch = entries.take(MAX_ROWS)
      await commitForSure(input, batch, givenUp.signal)
      input.onRecorded(batch.flatMap(({ finished, released }) => finished?.claim ?? released ?? []))
    }
    writing = false
  }

  return {
    add(entry) {
      entries.push(entry)
      if (!writing) void write()
      else if (entries.length === MAX_ROWS) pause?.abort(WOKEN)
    },
    nudge: () => pause?.abort(WOKEN),
    giveUp: () => givenUp.abort(),
  }
}

/** Tries until it is written: what a push service took must not be forgotten because the database was away. */
async function commitForSure(input: RecorderInput, batch: readonly Entry[], givenUp: AbortSignal): Promise<void> {
  for (let failures = 0; !givenUp.aborted; failures++) {
    try {
      const failed = await commit(input, batch)
      for (const device of failed) input.raise({ type: 'device.failed', ...device })
      return
    } catch (error) {
      if (failures === 0)
        input.logger.error('Results could not be written; they are kept and written again.', { error })
      // Rejects only when it is given up.
      await input.clock.sleep(PAUSE_AFTER_ERROR_MS, givenUp).catch(() => undefined)
    }
  }
}

/** A hold may have ended since a job was sent back to wait for it; then it waits for nothing. */
async function withoutEndedHolds(tx: Tx, jobs: readonly NewJob[], at: Date): Promise<readonly NewJob[]> {
  const among = jobs.flatMap(({ heldFor }) => heldFor ?? [])
  if (among.length === 0) return jobs
  const keyOf = ({ app, transport }: (typeof among)[number]) => `${app}\0${transport}`
  const held = new Set((await lockHolds(tx, { among, at })).map(keyOf))
  return jobs.map((job) => {
    if (job.heldFor === undefined || held.has(keyOf(job.heldFor))) return job
    const { heldFor: _ended, delayMs: _waited, ...free } = job
    return free
  })
}

type FailedDevice = Awaited<ReturnType<typeof failDevices>>[number]

function commit({ database, queue, clock }: RecorderInput, batch: readonly Entry[]): Promise<FailedDevice[]> {
  const results = batch.flatMap(({ result }) => result ?? [])
  const dead = batch.flatMap(({ dead }) => dead ?? [])
  const registrations = batch.flatMap(({ failedRegistration }) => failedRegistration ?? [])
  const finished = batch.flatMap(({ finished }) => finished ?? [])
  const released = batch.flatMap(({ released }) => released ?? [])
  return database.transaction(async (tx) => {
    await insertResults(tx, results)
    const failed = await failDevices(tx, dead, new Date(clock.now()))
    await failRegistrations(tx, registrations)
    const claims = finished.map(({ claim }) => claim)
    const lost = new Set(await queue.finish(tx, claims))
    // Whoever took a lost claim over sends what is left of it; a later job of ours would send it twice.
    const later = finished.flatMap(({ claim, later }) => (lost.has(claim) ? [] : later))
    await queue.enqueue(tx, await withoutEndedHolds(tx, later, new Date(clock.now())))
    await queue.release(tx, released)
    return failed
  })
}
