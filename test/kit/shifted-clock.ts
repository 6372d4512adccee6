// The system's clock, moved: `advance` makes time pass for everything that reads it. Waits are real.
import { type Clock, systemClock } from '../../src/util/clock.ts'

export interface ShiftedClock extends Clock {
  advance(ms: number): void
}

export function createShiftedClock(): ShiftedClock {
  let offset = 0
  return {
    now: () => systemClock.now() + offset,
    sleep: systemClock.sleep,
    advance(ms) {
      offset += ms
    },
  }
}
