// What time asks for: registrations that expired, ledger partitions made ahead and dropped, old messages, devices that
// fell silent. Any process may do it; a lock lets one at a time.
import { isLockTimeout } from '../database/connection-errors.ts'
import type { Database, Tx } from '../database/tx.ts'
import { BREAKER_WINDOW_MS } from '../delivery/breaker-rule.ts'
import type { RaiseEvent } from '../model/event.ts'
import { LIMIT_WINDOW_MS } from '../registry/registry-options.ts'
import type { Announcer } from '../store/announcer.ts'
import { sweepSendCounts } from '../store/breakers.ts'
import { utcDate } from '../store/deliveries.ts'
import { firstDayToKeep, sweepMessages } from '../store/messages.ts'
import {
  dropPartition,
  findOldPartitions,
  limitLockWaits,
  makePartitions,
  sweepDefaultPartitions,
} from '../store/partitions.ts'
import { sweepAttempts } from '../store/registration-attempts.ts'
import { sweepRegistrations } from '../store/registrations.ts'
import { sweepWebhooks } from '../store/webhooks.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { ResolvedApp } from './options/resolve-options.ts'
import { sweepSilence } from './silence.ts'

const EVERY_MS = 30_000
const DAY_MS = 86_400_000
/** Enough that a week without any process of ours leaves no day without its partition for long. */
const PARTITIONS_AHEAD = 7
const ENDED_REGISTRATIONS_KEPT_MS = DAY_MS
const MESSAGES_A_SWEEP = 10_000
const WEBHOOKS_A_SWEEP = 10_000
/** An arbitrary number that stands for upkeep among our advisory locks. */
const LOCK = 7_300_002

export interface UpkeepInput {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly ledgerDays: number
  /** Those of now. */
  readonly apps: () => ReadonlyMap<string, ResolvedApp>
  readonly raise: RaiseEvent
  readonly announcer?: Announcer | undefined
}

export interface Upkeep {
  stop(): Promise<void>
}

/** Runs once before it resolves, so that today's partition is there, then every half minute. */
export async function startUpkeep(input: UpkeepInput): Promise<Upkeep> {
  const stopped = new AbortController()
  await orWarn(input, sweep)
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      // Rejects only when it is stopped.
      await input.clock.sleep(EVERY_MS, stopped.signal).catch(() => undefined)
      if (stopped.signal.aborted) return
      await orWarn(input, sweep)
      // Not at the start: what it tells, the application could not hear yet.
      await orWarn(input, ({ apps, ...sweep }) => sweepSilence({ ...sweep, apps: apps() }))
    }
  })()
  return {
    async stop() {
      stopped.abort()
      await loop
    },
  }
}

/** Delivery does without it for a while: a day without its partition has the default one. */
async function orWarn(input: UpkeepInput, work: (input: UpkeepInput) => Promise<void>): Promise<void> {
  try {
    await work(input)
  } catch (error) {
    input.logger.warn('Upkeep failed; it is tried again.', { error })
  }
}

async function sweep(input: UpkeepInput): Promise<void> {
  const { database, clock, ledgerDays } = input
  const now = clock.now()
  const oldest = await firstDayToKeep(database, utcDate(new Date(now - ledgerDays * DAY_MS)), new Date(now))
  // Each in a transaction of its own: making and dropping partitions locks the ledger, and must be over in a moment.
  await unlessInUse(input, (tx) => makePartitions(tx, new Date(now), PARTITIONS_AHEAD))
  await alone(database, (tx) => sweepRegistrations(tx, new Date(now), new Date(now - ENDED_REGISTRATIONS_KEPT_MS)))
  await alone(database, (tx) => sweepAttempts(tx, new Date(now - LIMIT_WINDOW_MS)))
  await alone(database, (tx) => sweepSendCounts(tx, new Date(now - BREAKER_WINDOW_MS)))
  await alone(database, (tx) => sweepWebhooks(tx, new Date(now - ledgerDays * DAY_MS), WEBHOOKS_A_SWEEP))
  await alone(database, (tx) => sweepMessages(tx, oldest, MESSAGES_A_SWEEP))
  await dropOldPartitions(input, oldest)
}

async function dropOldPartitions(input: UpkeepInput, before: string): Promise<void> {
  const { database, logger } = input
  const dropped: string[] = []
  for (const name of await findOldPartitions(database, before)) {
    const isDropped = await unlessInUse(input, async (tx) => {
      await dropPartition(tx, name)
      return true
    })
    if (!isDropped) break
    dropped.push(name)
  }
  await alone(database, (tx) => sweepDefaultPartitions(tx, before))
  if (dropped.length > 0) logger.info('Old results were dropped.', { partitions: dropped })
}

/** As `alone`; left for the next time when somebody reads the ledger at length, since senders would have to wait, too. */
async function unlessInUse<T>(input: UpkeepInput, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  try {
    return await alone(input.database, async (tx) => {
      await limitLockWaits(tx)
      return await work(tx)
    })
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    input.logger.info('The partitions of the ledger are left as they are while it is being read; it is tried again.')
    return undefined
  }
}

/** Runs `work` in a transaction, unless another process is at it. */
async function alone<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return await database.transaction(async (tx) => {
    const rows = await tx.execute<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK])
    return rows[0]?.mine ? await work(tx) : undefined
  })
}
