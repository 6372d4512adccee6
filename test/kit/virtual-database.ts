// A database of its own on virtual time: the queue's clock in PostgreSQL stands where the test's clock stands.
import { PgBoss } from 'pg-boss'
import { openDatabase } from '../../src/database/open-database.ts'
import type { Database } from '../../src/database/tx.ts'
import { openQueue, type Queue } from '../../src/queue/queue.ts'
import { systemClock } from '../../src/util/clock.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { createTestDatabase } from './postgres.ts'
import { createActivity, createVirtualTime, type VirtualTime } from './virtual-time.ts'

export interface VirtualDatabase extends AsyncDisposable {
  readonly database: Database
  readonly queue: Queue
  readonly time: VirtualTime
  /** Resolves when nothing is under way in the database, nor begins. */
  rest(): Promise<void>
  /** Jobs that are not done, held by somebody or not. */
  openJobs(): Promise<number>
  /** Jobs of single messages that somebody holds. */
  claimedUrgent(): Promise<number>
  /** Makes the next test begin without what this one has left. */
  clear(): Promise<void>
  /** Moves time on, whatever is under way. */
  jump(ms: number): Promise<void>
  /** Lets time pass until something is due: a job, or a wait where somebody holds jobs. */
  passTime(options: { readonly someDied: boolean }): Promise<void>
}

const START = Date.UTC(2026, 0, 5)
/** Of the claims of a process that died: they are given to others after ten. */
const HOLDERS_TICK_MS = 3_000
const QUEUES = ['delivery', 'fan-out']

export async function createVirtualDatabase(): Promise<VirtualDatabase> {
  const own = await createTestDatabase()
  const real = await openDatabase({ database: own.url, logger: silentLogger, clock: systemClock, poolSize: 6 })
  const activity = createActivity()
  const database: Database = {
    get drizzle() {
      return real.drizzle
    },
    execute: (text, values) => activity.during(() => real.execute(text, values)),
    transaction: (work) => activity.during(() => real.transaction(work)),
    listen: (channel, onNotify, onReconnect) => real.listen(channel, onNotify, onReconnect),
    location: real.location,
    folder: real.folder,
    close: () => real.close(),
  }
  const queue = await openQueue({ database, logger: silentLogger, supervise: false })
  const time = createVirtualTime(START)
  await rulePgBossTime(real, START)
  const db = { executeSql: async (text: string, values?: unknown[]) => ({ rows: await real.execute(text, values) }) }
  const upkeep = new PgBoss({
    db,
    schema: 'sendword_queue',
    supervise: false,
    schedule: false,
    monitorIntervalSeconds: 1,
  })
  await upkeep.start()

  const moveTo = async (at: number) => {
    await real.execute('UPDATE sendword_queue.virtual_time SET at = $1', [at])
    time.moveTo(at)
  }

  return {
    database,
    queue,
    time,
    jump: (ms) => moveTo(time.now() + ms),
    rest: activity.rest,
    async openJobs() {
      const [row] = await real.execute<{ jobs: number }>('SELECT count(*)::int AS jobs FROM sendword_queue.job')
      return row?.jobs ?? 0
    },
    async claimedUrgent() {
      const [row] = await real.execute<{ jobs: number }>(
        `SELECT count(*)::int AS jobs FROM sendword_queue.job WHERE state = 'active' AND priority > 0`,
      )
      return row?.jobs ?? 0
    },
    async clear() {
      await real.execute('DELETE FROM sendword_queue.job')
      await real.execute('DELETE FROM sendword.hold')
      await real.execute('DELETE FROM sendword.breaker')
    },
    async passTime({ someDied }) {
      const [jobs] = await real.execute<{ active: number; due: number | null }>(
        `SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
                ceil(extract(epoch FROM min(start_after) FILTER (WHERE state < 'active')) * 1000)::float8 AS due
           FROM sendword_queue.job WHERE name = ANY ($1)`,
        [QUEUES],
      )
      const now = time.now()
      const { active = 0, due = null } = jobs ?? {}
      const wake = time.nextWake() ?? now + HOLDERS_TICK_MS
      // While nobody holds a job, nothing happens before the next one is due, however many look for it.
      const next = active === 0 && due !== null && due > now ? due : Math.min(wake, now + HOLDERS_TICK_MS)
      await moveTo(next)
      // As the queue does it every two seconds.
      if (active > 0 && someDied) for (const name of QUEUES) await upkeep.supervise(name)
    },
    async [Symbol.asyncDispose]() {
      await upkeep.stop({ graceful: false, close: false })
      await queue.close()
      await real.close()
      await own.dispose()
    },
  }
}

/** pg-boss asks its own function what time it is. */
async function rulePgBossTime(database: Database, start: number): Promise<void> {
  await database.execute('CREATE TABLE sendword_queue.virtual_time (at double precision NOT NULL)')
  await database.execute('INSERT INTO sendword_queue.virtual_time VALUES ($1)', [start])
  await database.execute(
    `CREATE OR REPLACE FUNCTION sendword_queue.job_now() RETURNS timestamptz LANGUAGE sql STABLE AS
     $$ SELECT to_timestamp(at / 1000) FROM sendword_queue.virtual_time $$`,
  )
}
