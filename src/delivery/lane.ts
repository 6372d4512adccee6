// One app's sends through one transport: so many at once, the others in the order they came, the urgent ones first.
import type { TransportName } from '../model/address.ts'
import { createFifo } from '../util/fifo.ts'
import type { DeliveryContext, TransportPlace } from './context.ts'

export interface Lane {
  /** Runs `work` when there is room, and before all that is not urgent. `work` never rejects. */
  run(work: () => Promise<void>, isUrgent: boolean): void
  /** The transport is another one: it owes nothing to the sends that are under way through the old one. */
  renew(): void
}

export interface Lanes {
  of(app: string, transport: TransportName): Lane
  renew(places: readonly TransportPlace[]): void
}

/** `widthNow` is asked at every start. */
function createLane(widthNow: () => number): Lane {
  const urgent = createFifo<() => Promise<void>>()
  const bulk = createFifo<() => Promise<void>>()
  let running = new Set<() => Promise<void>>()

  function pump(): void {
    while (running.size < widthNow()) {
      const work = urgent.shift() ?? bulk.shift()
      if (!work) return
      const those = running
      those.add(work)
      void work().finally(() => {
        those.delete(work)
        pump()
      })
    }
  }

  return {
    run(work, isUrgent) {
      const waiting = isUrgent ? urgent : bulk
      waiting.push(work)
      pump()
    },
    renew() {
      running = new Set()
      pump()
    },
  }
}

export function createLanes(transportOf: DeliveryContext['transportOf']): Lanes {
  const lanes = new Map<string, Lane>()
  const keyOf = (app: string, transport: TransportName) => `${app}\0${transport}`
  return {
    of(app, transport) {
      const key = keyOf(app, transport)
      // Without a transport its sends only find out that there is none.
      const lane = lanes.get(key) ?? createLane(() => transportOf(app, transport)?.maxInFlight ?? 1)
      lanes.set(key, lane)
      return lane
    },
    renew(places) {
      for (const { app, name } of places) lanes.get(keyOf(app, name))?.renew()
    },
  }
}
