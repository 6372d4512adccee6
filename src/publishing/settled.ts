// Waiting for messages to end, whichever process delivers them. All waits of a process share one query a turn; the
// process that records results itself is told at once.
import type { Database } from '../database/tx.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import { StateError } from '../model/push-error.ts'
import { findOpenAudiences } from '../store/fan-outs.ts'
import { findProgress, type MessageProgress, type SingleResult } from '../store/messages.ts'
import type { Clock } from '../util/clock.ts'

export interface Settled {
  readonly id: string
  /** How many devices ended in which way. */
  readonly counts: Readonly<Record<FinalOutcome, number>>
  /** Devices that it went to. */
  readonly audienceSize: number
  /** Devices of the audience that could not be reached, and got nothing. */
  readonly skipped: number
  /** For a message to one device. */
  readonly single: SingleResult | undefined
}

export interface SettledOptions {
  /** Milliseconds to wait; then it rejects with StateError PUSH_MESSAGE_UNSETTLED. Default: without end. */
  readonly timeout?: number
  /** Rejects with an AbortError when it aborts. */
  readonly signal?: AbortSignal
}

export interface SettledWatch {
  /** Rejects with StateError PUSH_MESSAGE_UNKNOWN when there is no such message (a transaction rolled back). */
  wait(id: string, options?: SettledOptions): Promise<Settled>
  /** Results were recorded in this process. */
  nudge(): void
  close(): void
}

const FIRST_POLL_MS = 10
const LAST_POLL_MS = 500
/** Stated, since the default reason is a new exception with its stack each time. */
const WOKEN = 'woken'

interface Waiter {
  readonly id: string
  resolve(settled: Settled): void
  reject(error: unknown): void
}

export function createSettledWatch({ database, clock }: { database: Database; clock: Clock }): SettledWatch {
  const waiters = new Set<Waiter>()
  let running = false
  let closed = false
  let wake: AbortController | undefined

  async function poll(): Promise<void> {
    if (running) return
    running = true
    let pause = FIRST_POLL_MS
    while (waiters.size > 0) {
      wake = new AbortController()
      const before = waiters.size
      await check(database, waiters)
      pause = waiters.size < before ? FIRST_POLL_MS : Math.min(LAST_POLL_MS, pause * 1.5)
      if (waiters.size > 0) await clock.sleep(pause, wake.signal).catch(() => undefined)
    }
    running = false
  }

  return {
    wait(id, { timeout, signal } = {}) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new StateError('PUSH_CLOSED'))
        const limit = new AbortController()
        const leave = () => {
          waiters.delete(waiter)
          limit.abort()
          signal?.removeEventListener('abort', onAbort)
        }
        const waiter: Waiter = {
          id,
          resolve(settled) {
            leave()
            resolve(settled)
          },
          reject(error) {
            leave()
            reject(error)
          },
        }
        const onAbort = () => waiter.reject(new DOMException('The wait was aborted.', 'AbortError'))
        if (signal?.aborted) return onAbort()
        signal?.addEventListener('abort', onAbort, { once: true })
        if (timeout !== undefined) {
          clock.sleep(timeout, limit.signal).then(
            () => waiter.reject(new StateError('PUSH_MESSAGE_UNSETTLED')),
            () => undefined,
          )
        }
        waiters.add(waiter)
        wake?.abort(WOKEN)
        void poll()
      })
    },
    nudge: () => wake?.abort(WOKEN),
    close() {
      closed = true
      for (const waiter of [...waiters]) waiter.reject(new StateError('PUSH_CLOSED'))
      wake?.abort()
    },
  }
}

/** Answers every waiter whose message has ended, or does not exist. */
async function check(database: Database, waiters: Set<Waiter>): Promise<void> {
  const asked = [...waiters]
  try {
    const ids = [...new Set(asked.map((waiter) => waiter.id))]
    // Counting the results of a large audience again and again would cost more than writing them.
    const open = new Set(await findOpenAudiences(database, ids))
    const closed = ids.filter((id) => !open.has(id))
    const found = closed.length > 0 ? await findProgress(database, closed) : []
    const byId = new Map(found.map((progress) => [progress.id, progress]))
    for (const waiter of asked) {
      if (open.has(waiter.id)) continue
      const progress = byId.get(waiter.id)
      if (!progress) waiter.reject(new StateError('PUSH_MESSAGE_UNKNOWN'))
      else if (progress.isOver) waiter.resolve(toSettled(progress))
    }
  } catch (error) {
    // The database is away for a while: whoever set a time limit gets it from there.
    if (!(error instanceof Error && 'code' in error && error.code === 'PUSH_DATABASE_DOWN')) {
      for (const waiter of asked) waiter.reject(error)
    }
  }
}

function toSettled({ id, counts, audienceSize = 0, skipped, single }: MessageProgress): Settled {
  return { id, counts, audienceSize, skipped, single }
}
