// The breakers as this process knows them, read with its jobs, once a second at most. Whether an address is deactivated
// is not decided by this, but in the transaction that would do it.
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { Announcer } from '../store/announcer.ts'
import { claimBreakerProbe, closeBreaker, listWatchedBreakers } from '../store/breakers.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { BREAKER_PROBE_INTERVAL_MS, BREAKER_WINDOW_MS } from './breaker-rule.ts'
import type { TransportPlace } from './context.ts'
import { placeKey } from './send-tally.ts'

const READ_EVERY_MS = 1_000

export interface BreakerBoard {
  refresh(): Promise<void>
  /** Whether some process found a dead address there lately, or its breaker is open. */
  isWatched(place: TransportPlace): boolean
  /** Whether a send may try if an open breaker can be closed. */
  isProbeDue(app: string, transport: TransportName): boolean
  /** Whether it is this one: one send of all processes, every few minutes. */
  claimProbe(place: TransportPlace): Promise<boolean>
  close(place: TransportPlace): Promise<void>
}

export interface BreakerBoardInput {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly raise: RaiseEvent
  readonly announcer?: Announcer | undefined
}

export function createBreakerBoard({ database, clock, logger, raise, announcer }: BreakerBoardInput): BreakerBoard {
  /** When each may be probed; undefined: it is closed. */
  let watched = new Map<string, number | undefined>()
  let readAt = Number.NEGATIVE_INFINITY

  return {
    async refresh() {
      const now = clock.now()
      if (now - readAt < READ_EVERY_MS) return
      const rows = await listWatchedBreakers(database, new Date(now - BREAKER_WINDOW_MS))
      readAt = now
      watched = new Map(
        rows.map(({ app, transport, probeAt }) => [placeKey({ app, name: transport }), probeAt?.getTime()]),
      )
    },
    isWatched: (place) => watched.has(placeKey(place)),
    isProbeDue(app, name) {
      // Asked before every send; while all goes well there is none.
      if (watched.size === 0) return false
      const probeAt = watched.get(placeKey({ app, name }))
      return probeAt !== undefined && probeAt <= clock.now()
    },
    async claimProbe(place) {
      const now = clock.now()
      const next = now + BREAKER_PROBE_INTERVAL_MS
      watched.set(placeKey(place), next)
      const { app, name: transport } = place
      return await claimBreakerProbe(database, { app, transport, at: new Date(now), next: new Date(next) })
    },
    async close(place) {
      const { app, name: transport } = place
      const closed = await database.transaction(async (tx) => {
        if (!(await closeBreaker(tx, { app, transport }))) return false
        await announcer?.announce(tx, [{ type: 'transport.breaker-closed', app, transport }])
        return true
      })
      watched.delete(placeKey(place))
      if (!closed) return
      logger.info('The push service took a message again; dead addresses are deactivated again.', { app, transport })
      raise({ type: 'transport.breaker-closed', app, transport })
    },
  }
}
