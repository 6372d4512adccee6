// The narrow, typed face of pg-boss, in the same database as the rows that the jobs speak of. pg-boss's defaults
// lose work that was accepted (a job that crashed twice fails for good, a stalled one waits for 15 minutes), so
// every bound below is stated.
import { type ConstructorOptions, type Db, PgBoss } from 'pg-boss'
import { hasListeners } from '../database/listener.ts'
import type { Database, ListenHandle, Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { MAX_TTL_SECONDS } from '../model/message.ts'
import type { Logger } from '../util/logger.ts'
import type { ClaimedJob, Job, JobGroup, NewJob } from './job.ts'

const SCHEMA = 'sendword_queue'
const QUEUE = 'delivery'
const WAKE_CHANNEL = 'sendword_work'
/** A worker that touched nothing for so long has died; its jobs are given to others. pg-boss takes no less. */
const HEARTBEAT_SECONDS = 10
const DAY_SECONDS = 86_400

const QUEUE_OPTIONS = {
  retryLimit: 2_000_000_000,
  retryDelay: 0,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  // A slice lives as long as it is touched; this only ends one that is touched for ever.
  expireInSeconds: DAY_SECONDS - 1,
  retentionSeconds: MAX_TTL_SECONDS + 7 * DAY_SECONDS,
  deleteAfterSeconds: DAY_SECONDS,
}

export interface Queue {
  /** Enqueues in the caller's transaction, and wakes the workers when it commits. */
  enqueue(tx: Tx, jobs: readonly NewJob[]): Promise<void>
  /** Claims up to `limit` jobs that are due and of none of these groups. */
  claim(limit: number, except?: readonly JobGroup[]): Promise<ClaimedJob[]>
  /** Keeps claims alive; answers those that are no longer ours. */
  touch(claims: readonly ClaimedJob[]): Promise<ClaimedJob[]>
  /** Finishes claimed jobs in the caller's transaction; answers those that are no longer ours, which stay as they are. */
  finish(tx: Tx, claims: readonly ClaimedJob[]): Promise<ClaimedJob[]>
  /** Gives claimed jobs back in the caller's transaction, due at once. */
  release(tx: Tx, claims: readonly ClaimedJob[]): Promise<void>
  /** Makes jobs that wait for a hold due at once. */
  releaseHeld(tx: Tx, app: string, transport: TransportName): Promise<void>
  /** Calls `onWake` when jobs may be due. */
  listen(onWake: () => void): Promise<ListenHandle>
  /** Whether some process listens for jobs now. */
  hasWorkers(): Promise<boolean>
  close(): Promise<void>
}

export interface QueueInput {
  readonly database: Database
  readonly logger: Logger
  /** Whether this process looks after stalled jobs; true in processes that deliver. */
  readonly supervise: boolean
}

export async function openQueue({ database, logger, supervise }: QueueInput): Promise<Queue> {
  const boss = new PgBoss(bossOptions(database, supervise))
  boss.on('error', (error) => logger.warn('The queue’s upkeep failed; it is tried again.', { error }))
  boss.on('warning', (warning) => logger.debug('queue', { warning }))
  await boss.start()
  await boss.createQueue(QUEUE, QUEUE_OPTIONS)
  await boss.updateQueue(QUEUE, withoutHeartbeat(QUEUE_OPTIONS))
  return {
    async enqueue(tx, jobs) {
      if (jobs.length === 0) return
      await boss.insert(QUEUE, jobs.map(toInsert), { db: asDb(tx) })
      // Only a hint: workers also poll. A job that is not yet due wakes nobody.
      if (jobs.some((job) => !job.delayMs)) await wakeWorkers(tx)
    },
    async claim(limit, except = []) {
      const jobs = await boss.fetch<Job>(QUEUE, { batchSize: limit, ignoreGroups: except.map(groupId) })
      return jobs.map((job) => ({ id: job.id, retryCount: job.retryCount, job: job.data }))
    },
    touch: (claims) => lostClaims(claims, (some) => boss.touch(QUEUE, attemptsOf(some))),
    finish: (tx, claims) => lostClaims(claims, (some) => boss.deleteJob(QUEUE, attemptsOf(some), { db: asDb(tx) })),
    async release(tx, claims) {
      if (claims.length === 0) return
      await boss.fail(QUEUE, attemptsOf(claims), undefined, { db: asDb(tx) })
      await wakeWorkers(tx)
    },
    async releaseHeld(tx, app, transport) {
      await boss.update(QUEUE, undefined, {
        singletonKey: holdKey(app, transport),
        match: 'all',
        startAfter: 0,
        db: asDb(tx),
      })
      await wakeWorkers(tx)
    },
    listen: (onWake) => database.listen(WAKE_CHANNEL, onWake, onWake),
    hasWorkers: () => hasListeners(database, WAKE_CHANNEL),
    close: () => boss.stop({ graceful: false, close: false }),
  }
}

function bossOptions(database: Database, supervise: boolean): ConstructorOptions {
  return {
    db: asDb(database),
    schema: SCHEMA,
    supervise,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  }
}

/** Takes effect when the transaction commits. As text: Prisma reads no column of type void. */
async function wakeWorkers(tx: Tx): Promise<void> {
  await tx.execute(`SELECT pg_notify('${WAKE_CHANNEL}', '')::text`)
}

function asDb(tx: Tx): Db {
  return { executeSql: async (text, values) => ({ rows: await tx.execute(text, values) }) }
}

/** pg-boss changes every bound of a queue that exists but this one, which it takes at creation only. */
function withoutHeartbeat({ heartbeatSeconds: _, ...options }: typeof QUEUE_OPTIONS) {
  return options
}

function holdKey(app: string, transport: TransportName): string {
  return `held:${app}:${transport}`
}

/** No app's name has a colon. */
function groupId({ app, transport }: JobGroup): string {
  return transport === undefined ? app : `${app}:${transport}`
}

function toInsert({ job, delayMs, heldFor, needs }: NewJob) {
  return {
    data: job,
    group: { id: groupId({ app: job.app, transport: needs }) },
    ...(delayMs ? { startAfter: delayMs / 1000 } : {}),
    ...(heldFor ? { singletonKey: holdKey(heldFor.app, heldFor.transport) } : {}),
  }
}

function attemptsOf(claims: readonly ClaimedJob[]) {
  return claims.map(({ id, retryCount }) => ({ id, retryCount }))
}

/** Runs a command on claims, and answers those it did not find to be ours. */
async function lostClaims(
  claims: readonly ClaimedJob[],
  command: (claims: readonly ClaimedJob[]) => Promise<object>,
): Promise<ClaimedJob[]> {
  if (claims.length === 0) return []
  const { settled } = (await command(claims)) as { settled?: string[] }
  const ours = new Set(settled)
  return claims.filter(({ id }) => !ours.has(id))
}
