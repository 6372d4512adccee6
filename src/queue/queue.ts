// The narrow, typed face of pg-boss, in the same database as the rows that the jobs speak of. pg-boss's defaults
// lose work that was accepted (a job that crashed twice fails for good, a stalled one waits for 15 minutes), so
// every bound below is stated.
import { type ConstructorOptions, PgBoss } from 'pg-boss'
import { hasListeners } from '../database/listener.ts'
import type { Database, ListenHandle, Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { MAX_TTL_SECONDS } from '../model/message.ts'
import type { Logger } from '../util/logger.ts'
import { asDb } from './boss-db.ts'
import { type FanOutQueue, openFanOutQueue } from './fan-out-queue.ts'
import { type ClaimedJob, isUrgent, type Job, type JobGroup, type NewJob } from './job.ts'
import { createWorkChannel, type Hint } from './work-channel.ts'

const SCHEMA = 'sendword_queue'
const QUEUE = 'delivery'
/** Of pg-boss: the higher goes first. What an earlier version left in the queue has none, and counts as bulk. */
const URGENT = 1
const BULK = 0
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
  /** Claims up to `limit` jobs that are due. */
  claim(limit: number, which?: ClaimFilter): Promise<ClaimedJob[]>
  /** Keeps claims alive; answers those that are no longer ours. */
  touch(claims: readonly ClaimedJob[]): Promise<ClaimedJob[]>
  /** Finishes claimed jobs in the caller's transaction; answers those that are no longer ours, which stay as they are. */
  finish(tx: Tx, claims: readonly ClaimedJob[]): Promise<ClaimedJob[]>
  /** Gives claimed jobs back in the caller's transaction, due at once. */
  release(tx: Tx, claims: readonly ClaimedJob[]): Promise<void>
  /** Makes jobs that wait for a hold due at once. */
  releaseHeld(tx: Tx, app: string, transport: TransportName): Promise<void>
  /** Makes slices of a message that are for a later time due at once. */
  releaseDelayed(tx: Tx, messageId: string): Promise<void>
  readonly fanOuts: FanOutQueue
  /** Calls `onHint` when something may be due. */
  listen(onHint: (hint: Hint) => void): Promise<ListenHandle>
  /** Tells workers when the transaction commits that this message is not to be sent any more. */
  tellCancelled(tx: Tx, messageId: string): Promise<void>
  /** Whether some process listens for jobs now. */
  hasWorkers(): Promise<boolean>
  close(): Promise<void>
}

export interface ClaimFilter {
  /** Of none of these groups. */
  readonly except?: readonly JobGroup[] | undefined
  /** Slices of an audience, or all that is not. Default: both, the urgent ones first. */
  readonly of?: 'urgent' | 'bulk' | undefined
}

const PRIORITY_BOUNDS = { urgent: { minPriority: URGENT }, bulk: { maxPriority: BULK } } as const

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
  // On a new database, processes that start at the same moment get in each other's way at making the schema.
  await boss.start({ attempts: 5 })
  await boss.createQueue(QUEUE, QUEUE_OPTIONS)
  await boss.updateQueue(QUEUE, withoutHeartbeat(QUEUE_OPTIONS))
  const channel = createWorkChannel(database)
  const letGo = async (tx: Tx, singletonKey: string) => {
    await boss.update(QUEUE, undefined, { singletonKey, match: 'all', startAfter: 0, db: asDb(tx) })
    await channel.tell(tx, { kind: 'jobs' })
  }
  return {
    fanOuts: await openFanOutQueue(boss, QUEUE_OPTIONS, channel),
    async enqueue(tx, jobs) {
      if (jobs.length === 0) return
      const inserted = boss.insert(QUEUE, jobs.map(toInsert), { db: asDb(tx) })
      // Only a hint: workers also poll. A job that is not yet due wakes nobody.
      const due = jobs.filter((job) => !job.delayMs)
      const hint = { kind: due.every(({ job }) => isUrgent(job)) ? 'urgent' : 'jobs' } as const
      await Promise.all([inserted, due.length > 0 && channel.tell(tx, hint)])
    },
    async claim(limit, { except = [], of } = {}) {
      const bounds = of === undefined ? {} : PRIORITY_BOUNDS[of]
      const jobs = await boss.fetch<Job>(QUEUE, { batchSize: limit, ignoreGroups: except.map(groupId), ...bounds })
      return jobs.map((job) => ({ id: job.id, retryCount: job.retryCount, job: job.data }))
    },
    touch: (claims) => lostClaims(claims, (some) => boss.touch(QUEUE, attemptsOf(some))),
    finish: (tx, claims) => lostClaims(claims, (some) => boss.deleteJob(QUEUE, attemptsOf(some), { db: asDb(tx) })),
    async release(tx, claims) {
      if (claims.length === 0) return
      await boss.fail(QUEUE, attemptsOf(claims), undefined, { db: asDb(tx) })
      await channel.tell(tx, { kind: 'jobs' })
    },
    releaseHeld: (tx, app, transport) => letGo(tx, holdKey(app, transport)),
    releaseDelayed: (tx, messageId) => letGo(tx, delayKey(messageId)),
    listen: channel.listen,
    tellCancelled: (tx, messageId) => channel.tell(tx, { kind: 'cancelled', messageId }),
    hasWorkers: () => hasListeners(database, channel.name),
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

/** pg-boss changes every bound of a queue that exists but this one, which it takes at creation only. */
function withoutHeartbeat({ heartbeatSeconds: _, ...options }: typeof QUEUE_OPTIONS) {
  return options
}

function holdKey(app: string, transport: TransportName): string {
  return `held:${app}:${transport}`
}

function delayKey(messageId: string): string {
  return `due:${messageId}`
}

/** No app's name has a colon. */
function groupId({ app, transport }: JobGroup): string {
  return transport === undefined ? app : `${app}:${transport}`
}

function toInsert(newJob: NewJob) {
  const { job, delayMs, needs } = newJob
  return {
    data: job,
    priority: isUrgent(job) ? URGENT : BULK,
    group: { id: groupId({ app: job.app, transport: needs }) },
    ...(delayMs ? { startAfter: delayMs / 1000 } : {}),
    ...letGoBy(newJob),
  }
}

/** By which it is let go before its time. */
function letGoBy({ job, delayMs = 0, heldFor }: NewJob) {
  if (heldFor) return { singletonKey: holdKey(heldFor.app, heldFor.transport) }
  const isDelayed = job.kind === 'slice' && job.dueAt !== undefined && delayMs > 0
  return isDelayed ? { singletonKey: delayKey(job.messageId) } : {}
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
