// Holds as the emulator saw them: how long it asked senders to wait, and who came all the same.
import type { EmulatedService, RequestRecord } from '../../../src/emulator/create-emulator.ts'

export interface HeldRequests {
  /** Times in which nothing should have come, each from the first answer that asked for it. */
  readonly holds: number
  /** The most requests that came during one of them. */
  readonly most: number
}

/** Reads the requests of a service whose answers with Retry-After are meant for the sender as a whole. */
export function heldRequests(requests: readonly RequestRecord[], service: EmulatedService): HeldRequests {
  let until = Number.NEGATIVE_INFINITY
  let current = 0
  const counts: number[] = []
  for (const { service: of, receivedAt, retryAfter } of requests) {
    if (of !== service) continue
    if (receivedAt < until) current++
    if (retryAfter === undefined) continue
    if (receivedAt >= until) {
      counts.push(current)
      current = 0
    }
    until = Math.max(until, receivedAt + Number(retryAfter) * 1000)
  }
  counts.push(current)
  return { holds: counts.length - 1, most: Math.max(...counts) }
}
