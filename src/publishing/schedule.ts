// When a message that is being accepted goes, and what of that is kept with it.
import { localMoment, localTimeBounds, zoneOf } from '../model/moments.ts'
import { type AppTiming, assertTiming, type MessageTiming, type StoredTiming } from '../model/timing.ts'

export interface Schedule {
  /** When it gets its first job; undefined: now. */
  readonly releaseAt: Date | undefined
  /** The latest moment at which a part of it may still go. */
  readonly expiresAt: Date
  readonly timing: StoredTiming | undefined
}

export interface ScheduleInput {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Seconds. */
  readonly ttl: number
  readonly asked: MessageTiming | undefined
  readonly app: AppTiming
  /** Of a message to one device: where that is, if it is known. */
  readonly single?: { readonly timeZone: string | undefined } | undefined
}

/** Before the first zone's time: an audience takes some time to be found. */
const MARGIN_MS = 1_800_000

/** Throws InputError PUSH_MESSAGE_INVALID. */
export function scheduleOf(input: ScheduleInput): Schedule {
  const { now, ttl, asked = {}, app, single } = input
  assertTiming(asked, now)
  const { sendAt, localTime, ignoreQuietHours = false } = asked
  const quietHours = ignoreQuietHours ? undefined : app.quietHours
  const timing = { timeZone: app.timeZone, ttl, ...(quietHours && { quietHours }) }
  if (localTime) {
    const local = { at: localTime.at, ifPast: localTime.ifPast ?? 'next-day' } as const
    return single
      ? forOne({ ...timing, localTime: local }, now, zoneOf(single.timeZone, app.timeZone))
      : forMany({ ...timing, localTime: local }, now)
  }
  const isLater = sendAt !== undefined && sendAt.getTime() > now
  return {
    releaseAt: isLater ? sendAt : undefined,
    expiresAt: new Date((isLater ? sendAt.getTime() : now) + ttl * 1000),
    timing: isLater || quietHours ? timing : undefined,
  }
}

type LocalTiming = StoredTiming & { readonly localTime: NonNullable<StoredTiming['localTime']> }

function forOne(timing: LocalTiming, now: number, zone: string): Schedule {
  const moment = localMoment(timing.localTime, zone, now)
  const goesAt = moment ?? now
  return {
    releaseAt: goesAt > now ? new Date(goesAt) : undefined,
    expiresAt: new Date(goesAt + timing.ttl * 1000),
    timing: moment === undefined ? { ...timing, isPast: true } : timing,
  }
}

/** Each device has its own moment, which is found with it. */
function forMany(timing: LocalTiming, now: number): Schedule {
  const { first, last } = localTimeBounds(timing.localTime, now)
  return {
    releaseAt: first - MARGIN_MS > now ? new Date(first - MARGIN_MS) : undefined,
    expiresAt: new Date(last + timing.ttl * 1000),
    timing,
  }
}
