// The jobs that find the devices of a message's audience. A queue of their own: who sends claims none of them.
import type { PgBoss } from 'pg-boss'
import type { Tx } from '../database/tx.ts'
import { asDb } from './boss-db.ts'
import type { WorkChannel } from './work-channel.ts'

export interface FanOutJob {
  readonly messageId: string
  /** How often in a row it has found that delivery must catch up first. Default 0. */
  readonly waits?: number | undefined
}

export interface ClaimedFanOut {
  readonly id: string
  /** Tells this claim from later ones. */
  readonly retryCount: number
  readonly job: FanOutJob
}

export interface FanOutQueue {
  /** Enqueues in the caller's transaction, not before `delayMs` from now on the database's clock (default 0). */
  enqueue(tx: Tx, job: FanOutJob, delayMs?: number): Promise<void>
  /** Claims up to `limit` that are due. */
  claim(limit: number): Promise<ClaimedFanOut[]>
  /** Finishes in the caller's transaction; false when somebody else has it by now. */
  finish(tx: Tx, claim: ClaimedFanOut): Promise<boolean>
}

const QUEUE = 'fan-out'

export async function openFanOutQueue(boss: PgBoss, options: object, channel: WorkChannel): Promise<FanOutQueue> {
  await boss.createQueue(QUEUE, options)
  return {
    async enqueue(tx, job, delayMs = 0) {
      const due = delayMs > 0 ? { startAfter: delayMs / 1000 } : {}
      await boss.insert(QUEUE, [{ data: job, ...due }], { db: asDb(tx) })
      if (delayMs === 0) await channel.tell(tx, { kind: 'fan-out' })
    },
    async claim(limit) {
      const jobs = await boss.fetch<FanOutJob>(QUEUE, { batchSize: limit })
      return jobs.map((job) => ({ id: job.id, retryCount: job.retryCount, job: job.data }))
    },
    async finish(tx, { id, retryCount }) {
      const { settled = [] } = (await boss.deleteJob(QUEUE, [{ id, retryCount }], { db: asDb(tx) })) as {
        settled?: string[]
      }
      return settled.includes(id)
    },
  }
}
