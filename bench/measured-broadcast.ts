// One broadcast, and what it cost: processor time of our processes and of PostgreSQL, memory, jobs, disk; and one whose
// worker is killed half-way.
import { setTimeout } from 'node:timers/promises'
import type { MeasuredProcess } from './measured-process.ts'
import { rounded, say } from './run.ts'
import type { Site } from './site.ts'

const WARM_UP = 2_000
const CONTENT = { data: { greeting: 'hello' } }
const POLL_MS = 20
/** PostgreSQL tells its counts of rows with a delay. */
const STATISTICS_MS = 1_500

export interface Broadcast {
  readonly id: string
  /** From the acceptance to the last result. */
  readonly seconds: number
}

export interface Cost {
  readonly seconds: number
  readonly messagesPerSecond: number
  /** Of all worker processes, a message. */
  readonly cpuMicros: number
  /** Of PostgreSQL, a message. */
  readonly databaseMicros: number
  /** Of the worker process that held the most. */
  readonly peakRssMb: number
  readonly peakHeapMb: number
  /** That went through the queue, the turns of the fan-out among them. */
  readonly jobs: number
  readonly messageRows: number
  /** Of the ledger with its indexes, a message. */
  readonly ledgerBytes: number
  readonly walBytes: number
}

/** A few messages, so that connections stand and code is compiled. */
export async function warmUp(site: Site): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (let from = 0; from < WARM_UP; from += 1_000) {
      const devices = Array.from({ length: 1_000 }, (_, n) => `device-${from + n}`)
      const { id } = await site.core.messages.publish({ app: 'default', audience: { devices }, content: CONTENT })
      await site.core.messages.settled(id)
    }
  }
}

/** Resolves when every device has its result. */
export async function everyone(site: Site, devices: number): Promise<Broadcast> {
  const { id } = await site.core.messages.publish({ app: 'default', audience: { everyone: true }, content: CONTENT })
  return await ended(site, id, devices)
}

async function ended({ core, database }: Site, id: string, devices: number): Promise<Broadcast> {
  const { counts } = await core.messages.settled(id)
  if (counts.accepted !== devices) throw new Error(`only ${JSON.stringify(counts)} of ${devices}`)
  const [row] = await database.execute<{ seconds: number }>(
    `SELECT extract(epoch FROM max(r.finished_at) - max(m.accepted_at))::float8 AS seconds
       FROM sendword.message AS m JOIN sendword.delivery AS r ON r.released_on = m.released_on AND r.message_id = m.id
      WHERE m.id = $1`,
    [id],
  )
  return { id, seconds: row?.seconds ?? Number.NaN }
}

export async function costOf(
  site: Site,
  workers: readonly MeasuredProcess[],
  work: () => Promise<Broadcast>,
): Promise<Cost> {
  await site.target.reset()
  const ownTime = () => workers.reduce((sum, worker) => sum + worker.processorTime(), 0)
  const before = { at: Date.now(), own: ownTime(), database: site.databaseTime(), disk: await diskOf(site) }
  const { seconds } = await work()
  const own = ownTime() - before.own
  const database = site.databaseTime() - before.database
  const after = await diskOf(site)
  const { devices: received } = await site.target.counts()
  const memory = workers.map((worker) => worker.peakMemory(before.at))
  return {
    seconds: rounded(seconds, 2),
    messagesPerSecond: rounded(received / seconds, 0),
    cpuMicros: rounded((own * 1000) / received),
    databaseMicros: rounded((database * 1000) / received),
    peakRssMb: rounded(Math.max(...memory.map(({ rssMb }) => rssMb)), 0),
    peakHeapMb: rounded(Math.max(...memory.map(({ heapMb }) => heapMb)), 0),
    jobs: after.jobs - before.disk.jobs,
    messageRows: after.messages - before.disk.messages,
    ledgerBytes: rounded((after.ledger - before.disk.ledger) / received, 0),
    walBytes: rounded((after.wal - before.disk.wal) / received, 0),
  }
}

async function diskOf({ database }: Site) {
  await setTimeout(STATISTICS_MS)
  const [row] = await database.execute<{ ledger: number; wal: number; jobs: number; messages: number }>(
    `SELECT (SELECT sum(pg_total_relation_size(inhrelid))::float8 FROM pg_inherits
              WHERE inhparent = 'sendword.delivery'::regclass) AS ledger,
            (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal,
            (SELECT sum(n_tup_ins)::float8 FROM pg_stat_user_tables
              WHERE schemaname = 'sendword_queue' AND relname LIKE 'job%') AS jobs,
            (SELECT count(*)::int FROM sendword.message) AS messages`,
  )
  return row ?? { ledger: 0, wal: 0, jobs: 0, messages: 0 }
}

/** What became of a broadcast whose worker was killed. */
export interface Crash {
  /** Had arrived at that moment. */
  readonly atKill: number
  readonly recorded: number
  readonly inFlight: number
  /** In the end. */
  readonly reached: number
  readonly missing: number
  readonly doubled: number
}

/**
 * A broadcast to everyone: the only one of `workers` is killed when half of the devices have got it, and another one, which
 * joins the list, is started.
 */
export async function killedHalfWay(
  site: Site,
  workers: MeasuredProcess[],
  devices: number,
): Promise<Broadcast & { readonly crash: Crash }> {
  const { core, target, database } = site
  const { id } = await core.messages.publish({ app: 'default', audience: { everyone: true }, content: CONTENT })
  while ((await target.counts()).received < devices / 2) await setTimeout(POLL_MS)
  await workers[0]?.kill()
  const { received: atKill } = await target.counts()
  const [row] = await database.execute<{ recorded: number }>(
    `SELECT count(*)::int AS recorded FROM sendword.message AS m
       JOIN sendword.delivery AS r ON r.released_on = m.released_on AND r.message_id = m.id WHERE m.id = $1`,
    [id],
  )
  const recorded = row?.recorded ?? 0
  say(`killed when ${atKill} had arrived and ${recorded} were recorded`)
  workers.push(await site.startWorker())
  const broadcast = await ended(site, id, devices)
  const { devices: reached, doubled } = await target.counts()
  const crash = { atKill, recorded, inFlight: atKill - recorded, reached, missing: devices - reached, doubled }
  return { ...broadcast, crash }
}
