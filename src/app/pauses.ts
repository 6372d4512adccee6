// What keeps apps' transports from what they should do (a refused credential, too many dead addresses), and ending it
// by hand.
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { Transport } from '../model/transport.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import { closeBreaker, listOpenBreakers, type StandingBreaker } from '../store/breakers.ts'
import { type Hold, listHolds, removePause } from '../store/holds.ts'
import type { Clock } from '../util/clock.ts'

export interface Pauses {
  /** Every hold that is in force. */
  list(app: string): Promise<Hold[]>
  /** The transports whose dead addresses are not deactivated. */
  breakers(app: string): Promise<StandingBreaker[]>
  /**
   * Lets what waits for a refused credential go at once, and closes the breaker; answers whether there was such a
   * pause, or an open breaker.
   */
  resume(app: string, transport: TransportName): Promise<boolean>
}

export interface PausesInput {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly raise: RaiseEvent
  readonly announcer?: Announcer | undefined
  readonly assertApp: (app: string) => void
  readonly transportOf: (app: string, transport: TransportName) => Transport | undefined
}

export function createPauses({ database, queue, clock, raise, announcer, ...input }: PausesInput): Pauses {
  const { assertApp, transportOf } = input
  return {
    async list(app) {
      assertApp(app)
      const holds = await listHolds(database, new Date(clock.now()))
      return holds.filter((hold) => hold.app === app)
    },
    async breakers(app) {
      assertApp(app)
      return await listOpenBreakers(database, app)
    },
    async resume(app, transport) {
      assertApp(app)
      await transportOf(app, transport)?.forgetRefusal()
      const resumed = await database.transaction(async (tx) => {
        const removed = await removePause(tx, app, transport)
        if (!removed) return false
        await queue.releaseHeld(tx, app, transport)
        await announcer?.announce(tx, [{ type: 'transport.resumed', app, transport }])
        return true
      })
      if (resumed) raise({ type: 'transport.resumed', app, transport })
      const closed = await database.transaction(async (tx) => {
        if (!(await closeBreaker(tx, { app, transport }))) return false
        await announcer?.announce(tx, [{ type: 'transport.breaker-closed', app, transport }])
        return true
      })
      if (closed) raise({ type: 'transport.breaker-closed', app, transport })
      return resumed || closed
    },
  }
}
