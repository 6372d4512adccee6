// Whether a send waits for its time: one that was claimed before it, and one in the quiet hours of its recipient.
import { afterQuietHours, zoneOf } from '../model/moments.ts'
import type { StoredTiming } from '../model/timing.ts'
import type { SliceJob } from '../queue/job.ts'

/** The reason of what would have had to wait for longer than it lives. */
export const QUIET_HOURS = 'QuietHours'

export interface WaitInput {
  readonly job: SliceJob
  readonly timing: StoredTiming | null
  /** Of the device. */
  readonly timeZone: string | undefined
}

/** The moment before which it does not go; undefined: it may go now. Each zone is worked out once. */
export function createWaits(now: number): (input: WaitInput) => number | undefined {
  const quietUntil = new Map<string, number>()
  return ({ job, timing, timeZone }) => {
    if (job.dueAt !== undefined && job.dueAt > now) return job.dueAt
    const quietHours = timing?.quietHours
    if (!timing || !quietHours) return undefined
    const key = [quietHours.from, quietHours.to, timing.timeZone, timeZone].join()
    const until = quietUntil.get(key) ?? afterQuietHours(quietHours, zoneOf(timeZone, timing.timeZone), now)
    quietUntil.set(key, until)
    return until > now ? until : undefined
  }
}
