// One app's sends through one transport: so many at once as its ceiling says, the others in the order they came, the
// urgent ones first.
import { TransportError } from '../model/push-error.ts'
import { isUrgent } from '../queue/job.ts'
import type { Clock } from '../util/clock.ts'
import { createFifo } from '../util/fifo.ts'
import { createCeiling, type Lowering, type Sign } from './ceiling.ts'
import type { JobRun } from './job-run.ts'
import { createRampUp } from './ramp-up.ts'
import type { Answer } from './retry-policy.ts'
import type { Task } from './task.ts'

/** A send that waits for its turn in a lane, or is under way. */
export interface OpenSend {
  readonly task: Task
  readonly run: JobRun
  /** What bounds it; set when it departs. */
  road: Road | undefined
  /** Milliseconds since the epoch, from its departure on. */
  departedAt: number
}

/** What one transport object carries. Another one in its place owes nothing to the sends under way through this one. */
interface Road {
  readonly ceiling: ReturnType<typeof createCeiling>
  readonly rampUp: ReturnType<typeof createRampUp>
  running: number
}

/** Of a transport. */
export interface LaneBounds {
  readonly maxInFlight: number
  readonly rampUpMs: number
}

export interface LaneInput {
  readonly clock: Clock
  /** No further send starts: all that waits may find that out at once. */
  readonly stopping: AbortSignal
  /** Asked at the beginning and when the lane is renewed. */
  readonly bounds: () => LaneBounds
  /** Takes a send that may go now; calls `ended` in the end, whatever happens, and never throws. */
  readonly depart: (send: OpenSend, lane: Lane) => void
  readonly onLowered: (why: Lowering, width: number) => void
}

export class Lane {
  readonly #input: LaneInput
  readonly #urgent = createFifo<OpenSend>()
  readonly #bulk = createFifo<OpenSend>()
  #road: Road
  /** Waits for the ramp. */
  #isPausing = false
  #isPumping = false

  constructor(input: LaneInput) {
    this.#input = input
    this.#road = roadOf(input.bounds())
  }

  add(task: Task, run: JobRun): void {
    const waiting = isUrgent(task.claim.job) ? this.#urgent : this.#bulk
    waiting.push({ task, run, road: undefined, departedAt: 0 })
    if (this.#road.running < this.#road.ceiling.width) this.#pump(this.#input.clock.now())
  }

  /** `answer`: what came of it, if it was made. */
  ended({ road, departedAt }: OpenSend, answer: Answer | undefined): void {
    if (road === undefined) return
    const now = this.#input.clock.now()
    if (answer !== undefined) {
      const end = { sign: signOf(answer), startedAt: departedAt, now, inFlight: road.running }
      const why = road.ceiling.note(end)
      if (why !== undefined) this.#input.onLowered(why, road.ceiling.width)
    }
    road.running--
    this.#pump(now)
  }

  /** The transport is another one. */
  renew(): void {
    this.#road = roadOf(this.#input.bounds())
    this.#pump(this.#input.clock.now())
  }

  #pump(now: number): void {
    // A send that ends at once comes back here while the loop still runs.
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#road.running < this.#road.ceiling.width) {
      const send = this.#urgent.shift() ?? this.#nextThatCanWait(now)
      if (!send) break
      const road = this.#road
      road.rampUp.count(now)
      road.running++
      send.road = road
      send.departedAt = now
      this.#input.depart(send, this)
    }
    this.#isPumping = false
  }

  #nextThatCanWait(now: number): OpenSend | undefined {
    const { clock, stopping } = this.#input
    if (this.#bulk.length === 0 || this.#isPausing) return undefined
    const waitMs = stopping.aborted ? 0 : this.#road.rampUp.waitMs(now)
    if (waitMs === 0) return this.#bulk.shift()
    this.#isPausing = true
    void clock.sleep(waitMs).then(() => {
      this.#isPausing = false
      this.#pump(clock.now())
    })
    return undefined
  }
}

function roadOf({ maxInFlight, rampUpMs }: LaneBounds): Road {
  return { ceiling: createCeiling(maxInFlight), rampUp: createRampUp(rampUpMs), running: 0 }
}

function signOf(answer: Answer): Sign {
  if (answer instanceof TransportError) return 'lost'
  return answer.kind === 'deferred' && answer.scope === 'sender' ? 'overloaded' : 'answered'
}
