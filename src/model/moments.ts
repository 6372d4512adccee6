// The moments at which a message goes to whom, by the clocks of each recipient's zone. Pure.
import { endOfSpan } from '../util/daily-span.ts'
import { FURTHEST_AHEAD_MS, FURTHEST_BEHIND_MS, instantOf, isTimeZone, wallTimeAt } from '../util/zoned-time.ts'
import { type LocalTime, type QuietHours, readLocalTime, type StoredTiming, timeOfDay } from './timing.ts'

const DAY_MS = 86_400_000

/** The first zone of which this runtime knows something: another process may have taken one that it does not. */
export function zoneOf(own: string | null | undefined, timeZone: string): string {
  return [own, timeZone].find((zone) => typeof zone === 'string' && isTimeZone(zone)) ?? 'UTC'
}

/**
 * When a message for a local time goes in a zone, never before `acceptedAt`; undefined where it was past then, and such
 * recipients are left out.
 */
export function localMoment({ at, ifPast }: Required<LocalTime>, zone: string, acceptedAt: number): number | undefined {
  const { date, timeOfDay: time } = readLocalTime(at)
  const today = startOfDay(wallTimeAt(zone, acceptedAt))
  const asked = instantOf(zone, (date ?? today) + time)
  if (asked >= acceptedAt) return asked
  if (ifPast === 'skip') return undefined
  if (ifPast === 'now') return acceptedAt
  // A date may be long past: the next time that the clocks show this hour.
  const still = instantOf(zone, today + time)
  return still >= acceptedAt ? still : instantOf(zone, today + DAY_MS + time)
}

function startOfDay(wallTime: number): number {
  return Math.floor(wallTime / DAY_MS) * DAY_MS
}

/** Before and after which no zone has a local time; the first at `acceptedAt` where it names no date. */
export function localTimeBounds({ at }: LocalTime, acceptedAt: number): { first: number; last: number } {
  const { date, timeOfDay: time } = readLocalTime(at)
  // Past ones go the next day, which the clocks may put off by a day: Samoa had no 30 December 2011.
  const nextDay = acceptedAt + 2 * DAY_MS
  if (date === undefined) return { first: acceptedAt, last: nextDay }
  const first = Math.max(acceptedAt, date + time - FURTHEST_AHEAD_MS)
  return { first, last: Math.max(nextDay, date + time + FURTHEST_BEHIND_MS + DAY_MS) }
}

/** Whether it is not for all recipients the same moment: looking for each one's zone costs, where an audience is large. */
export function dependsOnZone({ localTime, quietHours }: StoredTiming): boolean {
  return localTime !== undefined || quietHours !== undefined
}

/** The first moment, not before `at`, that is outside quiet hours. */
export function afterQuietHours({ from, to }: QuietHours, zone: string, at: number): number {
  return endOfSpan(zone, { from: timeOfDay(from), to: timeOfDay(to) }, at)
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly goesAt: number
  readonly expiresAt: number
}

export interface MomentInput {
  readonly timing: StoredTiming
  readonly acceptedAt: number
  /** Of the whole message. */
  readonly expiresAt: number
  /** Tried once, however late. */
  readonly singleTry: boolean
  readonly now: number
}

/**
 * When a message goes in each zone, worked out once for each; undefined where it goes to nobody. Where its life ends
 * before the quiet hours do, it goes when it would without them, and expires then.
 */
export function momentsByZone(input: MomentInput): (zone: string | null) => Moment | undefined {
  const known = new Map<string | null, Moment | undefined>()
  return (zone) => {
    if (!known.has(zone)) known.set(zone, momentIn(input, zoneOf(zone, input.timing.timeZone)))
    return known.get(zone)
  }
}

function momentIn({ timing, acceptedAt, now, singleTry, ...message }: MomentInput, zone: string): Moment | undefined {
  const { localTime, quietHours, ttl } = timing
  const asked = localTime ? localMoment(localTime, zone, acceptedAt) : now
  if (asked === undefined) return undefined
  const expiresAt = localTime ? asked + ttl * 1000 : message.expiresAt
  const due = Math.max(asked, now)
  const goesAt = quietHours ? afterQuietHours(quietHours, zone, due) : due
  return { goesAt: goesAt < expiresAt || singleTry ? goesAt : due, expiresAt }
}
