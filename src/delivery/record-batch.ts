// One transaction for what came of many sends: results, what they say of devices, the end of jobs, and their later ones.
import type { Database, Tx } from '../database/tx.ts'
import type { SendwordEvent } from '../model/event.ts'
import type { ClaimedJob, Job, NewJob } from '../queue/job.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import { insertResults, type Result } from '../store/deliveries.ts'
import { noteSuccesses, type ReplacedAddress, type Replacement, replaceAddress } from '../store/device-verdicts.ts'
import { addOpenSlices, lockCancelled, type SliceChange } from '../store/fan-outs.ts'
import { findFinished } from '../store/finished-messages.ts'
import { lockHolds } from '../store/holds.ts'
import { failRegistrations } from '../store/registrations.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { TransportPlace } from './context.ts'
import { type Burial, buryAddresses, type FoundDead } from './dead-addresses.ts'
import type { SendTally } from './send-tally.ts'

/** What one send, or the end of one job, changes in the database. */
export interface Entry {
  readonly result?: Result
  /** A push service judged a message of this app; those of the handshake are not counted. */
  readonly judged?: TransportPlace
  readonly dead?: FoundDead
  /** The device, where it must be noted that its push service took a message. */
  readonly success?: string
  readonly replaced?: ReplacedAddress
  readonly failedRegistration?: { readonly registrationId: string; readonly reason: string }
  /** The job that ends here, and what it leaves for later. */
  readonly finished?: { readonly claim: ClaimedJob; readonly later: readonly NewJob[] }
  /** A job that is given back with sends undone: only once the results of the others are in. */
  readonly released?: ClaimedJob
}

type EndedJob = NonNullable<Entry['finished']>

export interface RecordContext {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly logger: Logger
  readonly tally: SendTally
  /** Default: nobody is told in the same transaction. */
  readonly announcer?: Announcer | undefined
}

/** Answers with what happened, once it is committed. */
export async function recordBatch(context: RecordContext, batch: readonly Entry[]): Promise<SendwordEvent[]> {
  const { database, clock, tally, announcer } = context
  const now = clock.now()
  const at = new Date(now)
  const dead = gather(batch, 'dead')
  const counts = tally.unwritten(dead.map(({ app, address }) => ({ app, name: address.transport })))
  const { burial, events } = await database.transaction(async (tx) => {
    await insertResults(tx, gather(batch, 'result'))
    await noteSuccesses(tx, gather(batch, 'success'), at)
    const replacements: Replacement[] = []
    for (const replaced of gather(batch, 'replaced')) {
      const replacement = await replaceAddress(tx, replaced, at)
      if (replacement) replacements.push(replacement)
    }
    await failRegistrations(tx, gather(batch, 'failedRegistration'))
    const finished = await findFinished(tx, lastJobs(context, await endJobs(context, tx, batch)))
    const burial = await buryAddresses(tx, { dead, counts, now })
    const events = [...replacements.flatMap(eventsOfReplacement), ...eventsOfBurial(burial)]
    await announcer?.announce(tx, [...events, ...finished])
    return { burial, events }
  })
  tally.written(counts)
  logOpened(context, burial)
  return events
}

/** A loop, since it runs over every result, and most entries have little. */
function gather<Key extends keyof Entry>(batch: readonly Entry[], key: Key): Array<NonNullable<Entry[Key]>> {
  const found: Array<NonNullable<Entry[Key]>> = []
  for (const { [key]: value } of batch) if (value) found.push(value)
  return found
}

/** Answers those that this process ended. */
async function endJobs({ queue, clock }: RecordContext, tx: Tx, batch: readonly Entry[]): Promise<EndedJob[]> {
  const finished = gather(batch, 'finished')
  const released = gather(batch, 'released')
  const claims = finished.map(({ claim }) => claim)
  const lost = new Set(await queue.finish(tx, claims))
  // Whoever took a lost claim over sends what is left of it; a later job of ours would send it twice.
  const ended = finished.filter(({ claim }) => !lost.has(claim))
  const later = ended.flatMap(({ later }) => later)
  await addOpenSlices(
    tx,
    changesOf(
      ended.map(({ claim }) => claim.job),
      later.map(({ job }) => job),
    ),
  )
  const held = await withoutEndedHolds(tx, later, new Date(clock.now()))
  await queue.enqueue(tx, await withoutCancelledWaits(tx, held))
  await queue.release(tx, released)
  return ended
}

/** The messages whose last job may be among them, where somebody is told when they are finished. */
function lastJobs({ announcer }: RecordContext, ended: readonly EndedJob[]): Array<{ id: string; app: string }> {
  const messages: Array<{ id: string; app: string }> = []
  for (const { claim, later } of ended) {
    const { job } = claim
    if (job.kind !== 'slice' || later.length > 0 || !announcer?.hearsOfFinished(job.app)) continue
    messages.push({ id: job.messageId, app: job.app })
  }
  return messages
}

/** By message, of those to an audience: jobs that come less jobs that go. */
function changesOf(going: readonly Job[], coming: readonly Job[]): Map<string, SliceChange> {
  const changes = new Map<string, SliceChange>()
  const add = (job: Job, change: number) => {
    if (job.kind !== 'slice' || !job.isPart) return
    const { open = 0, delayed = 0 } = changes.get(job.messageId) ?? {}
    const delay = job.dueAt === undefined ? 0 : change
    changes.set(job.messageId, { open: open + change, delayed: delayed + delay })
  }
  for (const job of going) add(job, -1)
  for (const job of coming) add(job, 1)
  return changes
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

/** Who cancels lets go of what waits for its time; these were not there yet, and would be heard of hours later. */
async function withoutCancelledWaits(tx: Tx, jobs: readonly NewJob[]): Promise<readonly NewJob[]> {
  const waiting = jobs.flatMap(({ job, delayMs }) => (delayMs && 'dueAt' in job && job.dueAt !== undefined ? job : []))
  if (waiting.length === 0) return jobs
  const cancelled = await lockCancelled(tx, [...new Set(waiting.map(({ messageId }) => messageId))])
  return jobs.map((newJob) => {
    const { job } = newJob
    if (job.kind !== 'slice' || job.dueAt === undefined || !cancelled.has(job.messageId)) return newJob
    const { delayMs: _waited, ...due } = newJob
    return due
  })
}

function logOpened({ logger }: RecordContext, { opened }: Burial): void {
  for (const { app, transport, sends, dead, restored } of opened) {
    logger.error(
      'Nearly all addresses are called dead, as if project or environment were wrong: none is deactivated any more.',
      { app, transport, sends, dead, restored },
    )
  }
}

function eventsOfReplacement({ app, deviceId, takenFrom }: Replacement): SendwordEvent[] {
  return [
    ...takenFrom.map((other) => ({ type: 'device.address-taken' as const, app, deviceId: other })),
    { type: 'device.address-replaced', app, deviceId },
  ]
}

function eventsOfBurial({ failed, opened }: Burial): SendwordEvent[] {
  return [
    ...failed.map((device) => ({ type: 'device.failed' as const, ...device })),
    ...opened.map(({ app, transport, sends, dead, restored }) => {
      return { type: 'transport.breaker-opened' as const, app, transport, sends, dead, restored }
    }),
  ]
}
