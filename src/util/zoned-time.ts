// Time as the clocks on the wall of a zone show it, by the time zone database that the runtime has. A wall time is a
// number: the milliseconds that UTC would show the same at.

const HOUR_MS = 3_600_000
/** No zone is further ahead of UTC, nor further behind it: github.com/eggert/tz. */
export const FURTHEST_AHEAD_MS = 14 * HOUR_MS
export const FURTHEST_BEHIND_MS = 12 * HOUR_MS

/** One is dear to make. By lower-case name, since names are taken in any case: so there are no more than zones. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Throws RangeError when the runtime knows no such zone. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const key = zone.toLowerCase()
  const known = formats.get(key)
  if (known) return known
  const numeric = 'numeric'
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  })
  formats.set(key, format)
  return format
}

/** Whether it names a zone of the time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    // Offsets such as +02:00 are taken too, but know no daylight saving.
    return /[A-Za-z]/.test(name) && Boolean(formatOf(name))
  } catch {
    return false
  }
}

/** Milliseconds that the zone is ahead of UTC at this moment, at whole seconds. Throws RangeError for no zone. */
function offsetAt(zone: string, instant: number): number {
  const shown = formatOf(zone).format(instant)
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = shown.split(/\D+/).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
}

/** What the clocks show at this moment. Throws RangeError for no zone. */
export function wallTimeAt(zone: string, instant: number): number {
  return instant + offsetAt(zone, instant)
}

/**
 * The moment at which the clocks show this wall time: where they show it twice, the first; where they skip it, the first
 * moment after what is skipped. Throws RangeError for no zone.
 */
export function instantOf(zone: string, wallTime: number): number {
  const from = wallTime - FURTHEST_AHEAD_MS
  const to = wallTime + FURTHEST_BEHIND_MS
  const change = changeBetween(zone, from, to)
  if (!change) return wallTime - offsetAt(zone, from)
  const before = wallTime - change.offsetBefore
  return before < change.at ? before : Math.max(change.at, wallTime - change.offsetAfter)
}

export interface OffsetChange {
  /** The first moment with the new offset. */
  readonly at: number
  readonly offsetBefore: number
  readonly offsetAfter: number
}

/** The change of offset after `from`, and not after `to`. Two are never within a day or two of each other. */
export function changeBetween(zone: string, from: number, to: number): OffsetChange | undefined {
  const offsetBefore = offsetAt(zone, from)
  const offsetAfter = offsetAt(zone, to)
  if (offsetBefore === offsetAfter) return undefined
  let low = Math.floor(from / 1000)
  let high = Math.ceil(to / 1000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle * 1000) === offsetBefore) low = middle
    else high = middle
  }
  return { at: high * 1000, offsetBefore, offsetAfter }
}
