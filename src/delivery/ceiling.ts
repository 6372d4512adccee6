// How many sends of one app and transport may be on their way at once: more while the push service answers as fast as
// ever, up to what the transport allows, and half as many each time that it does not keep up. Pure: answers and times go
// in.

/** What the end of a send says of the push service's load: it answered, it asked everybody to wait, or nobody knows. */
export type Sign = 'answered' | 'overloaded' | 'lost'

/** Why the ceiling was lowered. */
export type Lowering = Exclude<Sign, 'answered'> | 'slow'

export interface SendEnd {
  readonly sign: Sign
  /** Milliseconds since the epoch, both. */
  readonly startedAt: number
  readonly now: number
  /** Sends on their way when it ended, itself included. */
  readonly inFlight: number
}

export interface Ceiling {
  /** Sends that may be on their way now. */
  readonly width: number
  /** A send has ended; answers why that lowers the ceiling, if it does. */
  note(end: SendEnd): Lowering | undefined
}

/** The least that is left, so that it is noticed when the push service has recovered: a twentieth. */
const FLOOR_PART = 20
/** What it begins with: enough to learn by, and a queue that no single message feels. */
const FIRST_WIDTH = 100
/** What a round trip that went well adds: a fiftieth of the whole. */
const STEP_PART = 50
/** Answers that take so much longer than in calm times queue somewhere: more sends at once make the queue longer. */
const CROWDED_FACTOR = 1.5
/** An average below this is not slow, whatever it was before. */
const SLOW_MS = 1_000
/** So many times as long as in calm times is slow. */
const SLOW_FACTOR = 4
/** How fast the memory of calm times follows slower ones: with some tens of round trips a second, in minutes. */
const CALM_DRIFT = 0.0005
const MIN_WINDOW = 16

/** @param max What the transport allows. */
export function createCeiling(max: number): Ceiling {
  const floor = Math.ceil(max / FLOOR_PART)
  const step = Math.max(1, max / STEP_PART)
  let exact = Math.min(max, FIRST_WIDTH)
  let width = exact
  let loweredAt = Number.NEGATIVE_INFINITY
  /** Of about one round trip of all that may be in flight. */
  let answers = 0
  let waitedMs = 0
  /** The average while all went well. */
  let calmMs: number | undefined
  let isCrowded = false

  function change(to: number): void {
    exact = Math.min(max, Math.max(floor, to))
    width = Math.floor(exact)
  }

  function lower(why: Lowering, now: number): Lowering | undefined {
    loweredAt = now
    answers = 0
    waitedMs = 0
    if (width === floor) return undefined
    change(exact / 2)
    return why
  }

  function isSlow(): boolean {
    const average = waitedMs / answers
    answers = 0
    waitedMs = 0
    calmMs ??= average
    isCrowded = average >= calmMs * CROWDED_FACTOR
    const slow = average >= SLOW_MS && average >= calmMs * SLOW_FACTOR
    calmMs = average < calmMs ? average : calmMs + (average - calmMs) * CALM_DRIFT
    return slow
  }

  return {
    get width() {
      return width
    },
    note({ sign, startedAt, now, inFlight }) {
      // What left before the ceiling was lowered belongs to the same burst.
      if (startedAt < loweredAt) return undefined
      if (sign !== 'answered') return lower(sign, now)
      // Who uses little of what is allowed learns nothing about more.
      if (width < max && !isCrowded && inFlight * 2 >= width) change(exact + step / exact)
      answers++
      waitedMs += now - startedAt
      return answers >= Math.max(MIN_WINDOW, width) && isSlow() ? lower('slow', now) : undefined
    },
  }
}
