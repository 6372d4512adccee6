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

const MAX_CLAIM = 100
const MAX_HELD = 300
/** Several times what the transports of a process have in flight. */
const MAX_OPEN_SENDS = 4_000

export function createRoom(): Room {
  /** How many sends a job was found to be: 1 for single messages, hundreds in a broadcast. */
  let sendsPerJob = 1
  return {
    jobs({ held, openSends }) {
      const most = Math.min(MAX_CLAIM, Math.max(1, Math.floor(MAX_OPEN_SENDS / sendsPerJob)))
      const room = Math.min(most, MAX_HELD - held, Math.floor((MAX_OPEN_SENDS - openSends) / sendsPerJob))
      if (openSends === 0 && held === 0) return Math.max(1, room)
      return room >= most / 2 ? room : 0
    },
    learn(jobs, sends) {
      sendsPerJob = Math.max(1, sends / jobs)
    },
  }
}
