// Writes what came of sends, in bulk: many rows for the price of one commit. What is added first is written first, so
// that a job is never finished before its results are in.
import type { RaiseEvent } from '../model/event.ts'
import type { ClaimedJob } from '../queue/job.ts'
import { createFifo } from '../util/fifo.ts'
import { type Entry, type RecordContext, recordBatch } from './record-batch.ts'

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

export interface RecorderInput extends RecordContext {
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
      const now = input.clock.now()
      for (const { judged, dead } of batch) if (judged) input.tally.add(judged, dead !== undefined, now)
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
      for (const event of await recordBatch(input, batch)) input.raise(event)
      return
    } catch (error) {
      if (failures === 0)
        input.logger.error('Results could not be written; they are kept and written again.', { error })
      // Rejects only when it is given up.
      await input.clock.sleep(PAUSE_AFTER_ERROR_MS, givenUp).catch(() => undefined)
    }
  }
}
