// When a message goes, in words.
import type { LocalTime } from '../model/timing.ts'
import { time } from './text-table.ts'

/** Undefined: at once. */
export function whenItGoes(message: {
  readonly sendAt?: Date | undefined
  readonly localTime?: LocalTime | undefined
}): string | undefined {
  const { sendAt, localTime } = message
  return time(sendAt) ?? (localTime && `${localTime.at} by the clocks of each recipient`)
}
