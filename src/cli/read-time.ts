// Times on the command line.
import { midnightOf } from '../model/timing.ts'

const DAY = /^\d{4}-\d{2}-\d{2}/

/** A date or a time; undefined for a text that is neither. */
export function readTime(text: string): Date | undefined {
  const [day] = DAY.exec(text) ?? []
  // Date takes the 30th of February for a day in March.
  if (day === undefined || midnightOf(day) === undefined) return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}
