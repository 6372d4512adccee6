// Finding the devices of a message's audience: page by page, each in a transaction that makes the jobs of its devices
// and notes how far it has come. Whoever dies, dies between two pages.
import type { Database, Tx } from '../database/tx.ts'
import { dependsOnZone } from '../model/moments.ts'
import type { ClaimedFanOut } from '../queue/fan-out-queue.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import { BEFORE_ALL, pageAudience } from '../store/audiences.ts'
import { type FanOut, lockFanOut, saveFanOut } from '../store/fan-outs.ts'
import { findFinished } from '../store/finished-messages.ts'
import type { Clock } from '../util/clock.ts'
import { slicesOf } from './slices.ts'

/** How much is done at a time. */
export interface FanOutSizes {
  /** Devices looked at in one transaction. */
  readonly page: number
  /** Devices of one job. */
  readonly slice: number
  /** Jobs of one message in the queue, beyond which it waits for delivery: some seconds of work. */
  readonly maxOpenSlices: number
  /** Then it is another message's turn. */
  readonly pagesATurn: number
}

export interface FanOutContext {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  /** Default: FAN_OUT_SIZES. */
  readonly sizes?: FanOutSizes | undefined
  /** Default: nobody is told in the same transaction. */
  readonly announcer?: Announcer | undefined
}

const FAN_OUT_SIZES: FanOutSizes = { page: 5_000, slice: 1_000, maxOpenSlices: 64, pagesATurn: 4 }
const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 4_000

/** One turn of a fan-out. Answers when the next one is due: undefined when there is none. */
export async function takeTurn(context: FanOutContext, claim: ClaimedFanOut): Promise<number | undefined> {
  const { pagesATurn } = context.sizes ?? FAN_OUT_SIZES
  for (let page = 1; ; page++) {
    const next = await context.database.transaction((tx) => advance(context, tx, claim, page === pagesATurn))
    if (next !== 'same turn') return next.dueInMs
  }
}

type Next = 'same turn' | { readonly dueInMs: number | undefined }

const OVER: Next = { dueInMs: undefined }

async function advance(context: FanOutContext, tx: Tx, claim: ClaimedFanOut, isLast: boolean): Promise<Next> {
  const { queue, announcer, sizes = FAN_OUT_SIZES } = context
  const { messageId, waits = 0 } = claim.job
  const again = async (job: ClaimedFanOut['job'], dueInMs: number): Promise<Next> => {
    // Whoever took a lost claim over goes on with it; a second job would only look after him.
    if (await queue.fanOuts.finish(tx, claim)) await queue.fanOuts.enqueue(tx, job, dueInMs)
    return { dueInMs }
  }
  const fanOut = await lockFanOut(tx, messageId)
  if (!fanOut) {
    await queue.fanOuts.finish(tx, claim)
    return OVER
  }
  if (fanOut.openSlices >= sizes.maxOpenSlices) {
    return await again({ messageId, waits: waits + 1 }, Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(waits, 9)))
  }
  const isOver = await advanceByPage({ ...context, sizes }, tx, messageId, fanOut)
  if (isOver) {
    // Delivery may have been faster, and then ended no job that was the last.
    const { app } = fanOut
    if (announcer?.hearsOfFinished(app)) await announcer.announce(tx, await findFinished(tx, [{ id: messageId, app }]))
    await queue.fanOuts.finish(tx, claim)
    return OVER
  }
  return isLast ? await again({ messageId }, 0) : 'same turn'
}

type PageContext = FanOutContext & { readonly sizes: FanOutSizes }

async function advanceByPage(
  { queue, clock, sizes }: PageContext,
  tx: Tx,
  messageId: string,
  fanOut: FanOut,
): Promise<boolean> {
  const { app, audience, unfit, timing, after = BEFORE_ALL } = fanOut
  const page = { app, after, limit: sizes.page }
  const { groups, next } = await pageAudience(tx, audience, page, timing !== null && dependsOnZone(timing))
  const fit = groups.filter(({ transport }) => !unfit.includes(transport))
  const { jobs, found, delayed } = slicesOf(messageId, fanOut, fit, { now: clock.now(), size: sizes.slice })
  const all = sum(groups.map(({ devices, unreachable }) => devices.length + unreachable))
  await queue.enqueue(tx, jobs)
  await saveFanOut(tx, { messageId, next, found, skipped: all - found, slices: jobs.length, delayed })
  return next === undefined
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
