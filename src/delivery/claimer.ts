// Claims jobs of a share, as many as there is room for, and starts their sends.
import type { ClaimedJob } from '../queue/job.ts'
import { singleFlight } from '../util/single-flight.ts'
import type { DispatchContext } from './dispatch-context.ts'
import { createJobRun } from './job-run.ts'
import type { Lanes } from './lanes.ts'
import { type PreparedJob, prepare, progressOf } from './prepare.ts'
import type { Share, Shares } from './shares.ts'
import type { Unserved } from './unserved.ts'

export interface Claimer {
  /** Claims of one share what there is room for; answers whether there may be more. Never rejects. */
  claim(share: Share): Promise<boolean>
}

export interface ClaimerInput {
  readonly context: DispatchContext
  readonly shares: Shares
  readonly lanes: Lanes
  readonly unserved: Unserved
  /** Pauses that may have ended. */
  readonly stalePauses: { end(): Promise<void> }
  /** A send has ended. */
  readonly onSent: () => void
}

export function createClaimer(input: ClaimerInput): Claimer {
  const { context, shares, lanes, unserved, stalePauses, onSent } = input
  const { queue, recorder, keepAlive, board, breakers, logger } = context

  function start({ claim, tasks, entries, undeliverable, early }: PreparedJob): void {
    for (const entry of entries) recorder.add(entry)
    const share = shares.of(claim)
    const parts = tasks.length + undeliverable.length + early.length
    // One that leaves nothing to send ends as if it had a send that is done.
    const sends = Math.max(1, parts)
    share.openSends += sends
    const onTaskSent = () => {
      share.openSends--
      onSent()
    }
    const run = createJobRun({ claim, sends, recorder, keepAlive, onSent: onTaskSent })
    if (parts === 0) run.done()
    for (const { device, needs } of undeliverable) {
      unserved.add(claim.job.app, needs)
      run.done({ device, needs, delayMs: 0, progress: progressOf(claim.job), heldFor: undefined })
    }
    for (const { device, dueAt, needs } of early) {
      const delayMs = Math.max(1, dueAt - context.clock.now())
      run.done({ device, dueAt, delayMs, needs, progress: progressOf(claim.job), heldFor: undefined })
    }
    for (const task of tasks) lanes.of(task.app, task.transport).add(task, run)
  }

  async function claimShare(share: Share, limit: number): Promise<number> {
    let claims: ClaimedJob[] = []
    try {
      claims = await queue.claim(limit, { except: unserved.groups(), of: share.name })
      if (claims.length === 0) return 0
      share.held += claims.length
      for (const claim of claims) keepAlive.add(claim)
      await Promise.all([board.refresh(), breakers.refresh()])
      const prepared = await prepare(context, claims)
      share.room.learn(
        claims.length,
        prepared.reduce((sum, { tasks }) => sum + tasks.length, 0),
      )
      for (const job of prepared) start(job)
    } catch (error) {
      logger.warn('Jobs could not be fetched; it is tried again.', { error })
      for (const claim of claims) recorder.add({ released: claim })
      return 0
    }
    return claims.length
  }

  async function claim(share: Share): Promise<boolean> {
    await endStalePauses()
    const limit = share.jobs()
    return limit > 0 && (await claimShare(share, limit)) === limit
  }

  /** Both shares wait for the same look. */
  const endStalePauses = singleFlight(() =>
    stalePauses.end().catch((error: unknown) => {
      logger.warn('A pause of a credential that is not used any more could not be ended yet.', { error })
    }),
  )

  return { claim }
}
