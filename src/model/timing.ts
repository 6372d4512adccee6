// When a message goes: what a sender may ask for, what an app sets for all, and what is kept with the message of both.
import { invalidMessage } from './check-text.ts'

export const IF_PAST = ['now', 'next-day', 'skip'] as const

export interface LocalTime {
  /** `HH:MM`, today by the recipient's clocks when the message is accepted; or `YYYY-MM-DDTHH:MM`. */
  readonly at: string
  /** Where that is past when the message is accepted: at once, the next day, or not at all. Default `next-day`. */
  readonly ifPast?: (typeof IF_PAST)[number] | undefined
}

export interface MessageTiming {
  /** Not before this moment, at most a year ahead; a past one means now. Not with `localTime`. */
  readonly sendAt?: Date | undefined
  /** At this time in the zone of each recipient: his device's, else his user's, else the app's. */
  readonly localTime?: LocalTime | undefined
  /** Go at once also in the app's quiet hours. Default false. */
  readonly ignoreQuietHours?: boolean | undefined
}

/** Hours of the day, `HH:MM` each, over midnight when `to` is the earlier. Not the same. */
export interface QuietHours {
  readonly from: string
  readonly to: string
}

/** What an app sets for its messages. */
export interface AppTiming {
  /** Of recipients of whom none is known. */
  readonly timeZone: string
  readonly quietHours: QuietHours | undefined
}

/** Of an app that sets nothing. */
export const NO_TIMING: AppTiming = { timeZone: 'UTC', quietHours: undefined }

/** What a message obeys, whichever process delivers it. */
export interface StoredTiming {
  readonly timeZone: string
  /** Seconds that it lives from when it goes. */
  readonly ttl: number
  readonly localTime?: Required<LocalTime> | undefined
  readonly quietHours?: QuietHours | undefined
  /** Of a message to one device: its time was past when it was accepted, and it goes to nobody. */
  readonly isPast?: true | undefined
}

export interface ShownTimes {
  /** When it goes, or went, where it was not at once. */
  readonly sendAt: Date | undefined
  /** Of a message to an audience that goes to each device at a time of its own. */
  readonly localTime: LocalTime | undefined
}

/** When a message is first looked at says nothing, where each device of its audience has a time of its own. */
export function shownTimes({
  hasAudience,
  releaseAt,
  timing,
}: {
  readonly hasAudience: boolean
  readonly releaseAt: Date | null | undefined
  readonly timing: StoredTiming | null | undefined
}): ShownTimes {
  const localTime = hasAudience ? timing?.localTime : undefined
  return { sendAt: localTime ? undefined : (releaseAt ?? undefined), localTime }
}

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const LOCAL_TIME = /^(?:(\d{4}-\d\d-\d\d)T)?(\d\d:\d\d)$/
const MINUTE_MS = 60_000
const MAX_AHEAD_MS = 366 * 86_400_000

export function isTimeOfDay(text: string): boolean {
  return TIME_OF_DAY.test(text)
}

/** Milliseconds after midnight. */
export function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * MINUTE_MS
}

/** `at` taken apart: `date` is midnight of it, as a wall time. */
export function readLocalTime(at: string): { readonly date: number | undefined; readonly timeOfDay: number } {
  const [, date, time = ''] = LOCAL_TIME.exec(at) ?? []
  const midnight = date === undefined ? undefined : midnightOf(date)
  const isDate = date === undefined || midnight !== undefined
  if (!isDate || !isTimeOfDay(time)) refuse('localTime.at must be HH:MM or YYYY-MM-DDTHH:MM.')
  return { date: midnight, timeOfDay: timeOfDay(time) }
}

/** The beginning of a day, `YYYY-MM-DD`, in UTC; undefined for one that the month does not have. */
export function midnightOf(date: string): number | undefined {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  // 30 February is read as another day.
  return midnight >= 0 && new Date(midnight).toISOString().startsWith(date) ? midnight : undefined
}

/** Throws InputError PUSH_MESSAGE_INVALID. @param now Milliseconds since the epoch. */
export function assertTiming({ sendAt, localTime, ignoreQuietHours }: MessageTiming, now: number): void {
  if (sendAt !== undefined && localTime !== undefined) refuse('sendAt and localTime exclude each other.')
  if (sendAt !== undefined && !(sendAt instanceof Date && isSoonEnough(sendAt.getTime(), now))) {
    refuse('sendAt must be a moment at most a year ahead.')
  }
  if (!['undefined', 'boolean'].includes(typeof ignoreQuietHours)) refuse('ignoreQuietHours must be true or false.')
  if (localTime !== undefined) assertLocalTime(localTime, now)
}

function assertLocalTime(localTime: LocalTime, now: number): void {
  if (typeof localTime !== 'object' || localTime === null) refuse('localTime must be an object with at.')
  const { at, ifPast = 'next-day' } = localTime
  if (typeof at !== 'string' || !isSoonEnough(readLocalTime(at).date ?? now, now)) {
    refuse('localTime.at must be a time at most a year ahead: HH:MM or YYYY-MM-DDTHH:MM.')
  }
  if (!IF_PAST.includes(ifPast)) refuse(`localTime.ifPast must be one of ${IF_PAST.join(', ')}.`)
}

/** False for what is no time at all, too. */
function isSoonEnough(at: number, now: number): boolean {
  return at <= now + MAX_AHEAD_MS
}

function refuse(detail: string): never {
  throw invalidMessage(detail)
}
