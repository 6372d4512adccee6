// The lanes of a process, one for each app and transport, with what is logged of them.
import type { TransportName } from '../model/address.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Lowering } from './ceiling.ts'
import type { DeliveryContext, TransportPlace } from './context.ts'
import { Lane, type LaneBounds, type LaneInput } from './lane.ts'
import { placeKey } from './send-tally.ts'

export interface Lanes {
  of(app: string, transport: TransportName): Lane
  renew(places: readonly TransportPlace[]): void
}

export interface LanesInput {
  readonly clock: Clock
  readonly logger: Logger
  readonly transportOf: DeliveryContext['transportOf']
  readonly stopping: AbortSignal
  readonly depart: LaneInput['depart']
}

/** Without a transport its sends only find out that there is none. */
const NOWHERE: LaneBounds = { maxInFlight: 1, rampUpMs: 0 }
/** A ceiling goes up and down while a push service is at its limit; once in this time is enough for the log. */
const TELL_EVERY_MS = 60_000

export function createLanes({ clock, logger, transportOf, stopping, depart }: LanesInput): Lanes {
  const lanes = new Map<string, Lane>()

  function createLane(app: string, name: TransportName): Lane {
    const boundsNow = (): LaneBounds => {
      const transport = transportOf(app, name)
      return transport ? { maxInFlight: transport.maxInFlight, rampUpMs: transport.rampUpMs ?? 0 } : NOWHERE
    }
    const onLowered = createLoweringLog({ clock, logger, place: { app, name } })
    return new Lane({ clock, stopping, bounds: boundsNow, depart, onLowered })
  }

  return {
    of(app, transport) {
      const key = placeKey({ app, name: transport })
      const lane = lanes.get(key) ?? createLane(app, transport)
      lanes.set(key, lane)
      return lane
    },
    renew(places) {
      for (const place of places) lanes.get(placeKey(place))?.renew()
    },
  }
}

const WHY: Readonly<Record<Lowering, string>> = {
  overloaded: 'it asked to wait',
  slow: 'its answers became slow',
  lost: 'it did not answer',
}

function createLoweringLog({ clock, logger, place }: { clock: Clock; logger: Logger; place: TransportPlace }) {
  let toldAt = Number.NEGATIVE_INFINITY
  return (why: Lowering, inFlight: number) => {
    const isDue = clock.now() - toldAt >= TELL_EVERY_MS
    if (isDue) toldAt = clock.now()
    const fields = { app: place.app, transport: place.name, inFlight, because: WHY[why] }
    logger[isDue ? 'info' : 'debug']('The push service does not keep up; fewer sends are made at once.', fields)
  }
}
