// How many sends of this process the push services judged lately, and how many found a dead address. Kept in memory,
// and written only where somebody needs to know: while all goes well it costs no query.
import type { SendCount } from '../store/breakers.ts'
import type { Clock } from '../util/clock.ts'
import { BREAKER_WINDOW_MS } from './breaker-rule.ts'
import type { TransportPlace } from './context.ts'

const MINUTE_MS = 60_000
const WRITE_EVERY_MS = 1_000

export interface SendTally {
  /** `now`: milliseconds since the epoch. */
  add(place: TransportPlace, isDead: boolean, now: number): void
  /** What has not been written yet of these places, and, once a second, of those that are watched. */
  unwritten(dead: readonly TransportPlace[]): SendCount[]
  /** The transaction that writes these was committed. */
  written(counts: readonly SendCount[]): void
}

interface Tally {
  readonly place: TransportPlace
  readonly minutes: Map<number, { sends: number; dead: number }>
  writtenAt: number
}

export interface SendTallyInput {
  readonly clock: Clock
  /** Whether some process found a dead address there lately. */
  readonly isWatched: (place: TransportPlace) => boolean
}

export function createSendTally({ clock, isWatched }: SendTallyInput): SendTally {
  const tallies = new Map<string, Tally>()
  let latest: Tally | undefined
  const tallyOf = (place: TransportPlace): Tally => {
    // One broadcast's results come one after the other.
    if (latest?.place.app === place.app && latest.place.name === place.name) return latest
    const key = placeKey(place)
    const tally = tallies.get(key) ?? { place, minutes: new Map(), writtenAt: 0 }
    tallies.set(key, tally)
    latest = tally
    return tally
  }

  return {
    add(place, isDead, now) {
      const { minutes } = tallyOf(place)
      const minute = Math.floor(now / MINUTE_MS)
      const count = minutes.get(minute)
      if (count === undefined) {
        forgetBefore(minutes, minute)
        minutes.set(minute, { sends: 1, dead: isDead ? 1 : 0 })
        return
      }
      count.sends++
      if (isDead) count.dead++
    },
    unwritten(dead) {
      const keys = new Set(dead.map(placeKey))
      const now = clock.now()
      return [...tallies].flatMap(([key, tally]) => {
        const isDue = now - tally.writtenAt >= WRITE_EVERY_MS && isWatched(tally.place)
        return keys.has(key) || isDue ? countsOf(tally) : []
      })
    },
    written(counts) {
      for (const { app, transport, minute, sends, dead } of counts) {
        const tally = tallyOf({ app, name: transport })
        tally.writtenAt = clock.now()
        const count = tally.minutes.get(minute.getTime() / MINUTE_MS)
        if (!count) continue
        count.sends -= sends
        count.dead -= dead
      }
    },
  }
}

function countsOf({ place, minutes }: Tally): SendCount[] {
  const { app, name: transport } = place
  return [...minutes].flatMap(([minute, { sends, dead }]) =>
    sends > 0 ? { app, transport, minute: new Date(minute * MINUTE_MS), sends, dead } : [],
  )
}

function forgetBefore(minutes: Tally['minutes'], minute: number): void {
  for (const known of minutes.keys()) if ((minute - known) * MINUTE_MS > BREAKER_WINDOW_MS) minutes.delete(known)
}

export function placeKey({ app, name }: TransportPlace): string {
  return `${app}\0${name}`
}
