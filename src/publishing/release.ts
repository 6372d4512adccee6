// The end of a message's wait: its first job, in the transaction that says that it waits no more. Whoever dies, dies
// before or after it.
import type { Database, Tx } from '../database/tx.ts'
import type { Queue } from '../queue/queue.ts'
import { nextRelease, type Release, releaseDue } from '../store/releases.ts'
import type { Clock } from '../util/clock.ts'
import { firstJob } from './first-job.ts'

export interface ReleaseContext {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
}

/** Messages of one transaction. */
const BATCH = 200

/**
 * Releases what is due, until `stopping` aborts; answers when the next message is, in milliseconds since the epoch, if
 * that is known.
 */
export async function releaseAllDue(
  { database, queue, clock }: ReleaseContext,
  stopping?: AbortSignal,
): Promise<number | undefined> {
  while (!stopping?.aborted) {
    const next = (await nextRelease(database))?.getTime()
    if (next === undefined || next > clock.now()) return next
    const released = await database.transaction(async (tx) => {
      const releases = await releaseDue(tx, new Date(clock.now()), BATCH)
      await enqueue(queue, tx, releases)
      return releases.length
    })
    // Others are at what is due.
    if (released === 0) return undefined
  }
  return undefined
}

async function enqueue(queue: Queue, tx: Tx, releases: readonly Release[]): Promise<void> {
  const singles = releases.flatMap(({ device, ...release }) => (device === null ? [] : { ...release, device }))
  await queue.enqueue(tx, singles.map(firstJob))
  for (const { id, device } of releases) if (device === null) await queue.fanOuts.enqueue(tx, { messageId: id })
}
