// Some push services ask that load grows over a time and does not begin at full rate. What can wait is let go at a rate
// that rises while it is used and falls while it is not; what is urgent goes at once, and counts. Pure.
// Source: firebase.google.com/docs/cloud-messaging/scale-fcm.

export interface RampUp {
  /** Milliseconds until a send that can wait may go; 0: now. */
  waitMs(now: number): number
  /** A send goes, whether or not it could wait. */
  count(now: number): void
}

/** Sends a second of what can wait, after a pause. */
const FIRST_RATE = 1_000
/** The rate that is reached when the time is over; from then on there is no bound. */
const LAST_RATE = 10_000
/** So long a rate holds, and so fine it is kept. */
const STEP_MS = 100

/** @param durationMs From the first rate to the last. 0: no bound ever. */
export function createRampUp(durationMs: number): RampUp {
  /** How much of the ramp is behind us, milliseconds. */
  let risen = 0
  let step = Number.NEGATIVE_INFINITY
  /** Sends in this step. */
  let sent = 0

  const allowed = () => ((FIRST_RATE + ((LAST_RATE - FIRST_RATE) * risen) / durationMs) * STEP_MS) / 1000

  function advance(now: number): void {
    const current = Math.floor(now / STEP_MS)
    if (current === step) return
    // A rate that was hardly used proves nothing for a higher one.
    const change = sent * 2 >= allowed() ? 1 : -1
    // A clock that was set back says nothing of idleness.
    const idle = Math.max(0, current - step - 1)
    risen = Math.min(durationMs, Math.max(0, risen + (change - idle) * STEP_MS))
    step = current
    sent = 0
  }

  return {
    waitMs(now) {
      if (durationMs === 0) return 0
      advance(now)
      if (risen >= durationMs || sent < allowed()) return 0
      return (step + 1) * STEP_MS - now
    },
    count(now) {
      if (durationMs === 0) return
      advance(now)
      sent++
    },
  }
}
