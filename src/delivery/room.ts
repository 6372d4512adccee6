// How many jobs a process claims: enough to keep its transports busy, few enough that its memory stays the same
// however large an audience is.

export interface Room {
  /** Jobs to claim; none until there is room for so many that they are worth a query. */
  jobs(load: Load): number
  /** What a claim brought. */
  learn(jobs: number, sends: number): void
}

export interface Load {
  /** Jobs that this process holds. */
  readonly held: number
  /** Sends that wait or are under way. */
  readonly openSends: number
}

export interface Bounds {
  /** Jobs of one claim, and of all that are held. */
  readonly maxClaim: number
  readonly maxHeld: number
  /** What a job is taken for before any was seen: 1 for single messages, hundreds in a broadcast. */
  readonly sendsPerJob: number
}

/** Single messages and the handshake have a share of their own: no broadcast takes it from them. */
export const URGENT: Bounds = { maxClaim: 100, maxHeld: 300, sendsPerJob: 1 }
/** Few, since any of them may be a thousand sends, however small the last ones were. */
export const BULK: Bounds = { maxClaim: 16, maxHeld: 32, sendsPerJob: 1_000 }

/** Several times what the transports of a process have in flight. */
const MAX_OPEN_SENDS = 4_000

export function createRoom(bounds: Bounds): Room {
  /** How many sends a job was found to be. */
  let { sendsPerJob } = bounds
  return {
    jobs({ held, openSends }) {
      const most = Math.min(bounds.maxClaim, Math.max(1, Math.floor(MAX_OPEN_SENDS / sendsPerJob)))
      const room = Math.min(most, bounds.maxHeld - held, Math.floor((MAX_OPEN_SENDS - openSends) / sendsPerJob))
      if (openSends === 0 && held === 0) return Math.max(1, room)
      return room >= most / 2 ? room : 0
    },
    learn(jobs, sends) {
      sendsPerJob = Math.max(1, sends / jobs)
    },
  }
}
