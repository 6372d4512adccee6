// A span of the day by the clocks of a zone, such as the hours of the night, and when it is over.
import { changeBetween, wallTimeAt } from './zoned-time.ts'

const DAY_MS = 86_400_000

/** From the one to before the other, in milliseconds after midnight; over midnight when `to` is the lesser. Not equal. */
export interface DailySpan {
  readonly from: number
  readonly to: number
}

/** The first moment, not before this one, at which the clocks show a time outside the span. */
export function endOfSpan(zone: string, span: DailySpan, instant: number): number {
  let at = instant
  for (;;) {
    const timeOfDay = wallTimeAt(zone, at) % DAY_MS
    if (!isWithin(span, timeOfDay)) return at
    const end = at + ((span.to - timeOfDay + DAY_MS) % DAY_MS)
    const change = changeBetween(zone, at, end)
    if (!change) return end
    // The clocks jump on the way: perhaps out of the span, and else it is as long as they say from there.
    at = change.at
  }
}

function isWithin({ from, to }: DailySpan, timeOfDay: number): boolean {
  return from < to ? timeOfDay >= from && timeOfDay < to : timeOfDay >= from || timeOfDay < to
}
