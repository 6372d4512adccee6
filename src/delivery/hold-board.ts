// The holds that are in force, as this process knows them: read with every batch of jobs, and changed at once by what
// its own sends learn.
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { RaiseEvent } from '../model/event.ts'
import type { Transport } from '../model/transport.ts'
import type { Queue } from '../queue/queue.ts'
import type { Announcer } from '../store/announcer.ts'
import { claimProbe, type Hold, listHolds, putHold, removePause, removeStalePause } from '../store/holds.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { type HoldRequest, PROBE_INTERVAL_MS } from './retry-policy.ts'

export interface Lease {
  /** Milliseconds since the epoch until which nothing goes; undefined: go ahead. */
  readonly heldUntil: number | undefined
  /** This send tries a credential that was refused. */
  readonly probing: boolean
}

export interface HoldBoard {
  refresh(): Promise<void>
  /** Whether a send of this app may go now through this transport. A promise only where a credential is to be tried. */
  ask(app: string, transport: Transport, now: number): Lease | Promise<Lease>
  hold(app: string, transport: Transport, request: HoldRequest, delayMs: number): Promise<void>
  /** The credential works: ends the pause and lets go of what waited for it. */
  resume(app: string, transport: TransportName): Promise<void>
  /** Ends a pause that was for another credential than this one. */
  resumeIfChanged(app: string, transport: Transport): Promise<void>
}

export interface HoldBoardInput {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly logger: Logger
  readonly raise: RaiseEvent
  readonly announcer?: Announcer | undefined
}

/** Until a probe that is under way may have ended the pause. */
const PROBED_REST_MS = 1_000

const GO: Lease = { heldUntil: undefined, probing: false }

const waitFor = ({ until, probe }: Hold, now: number): Lease => {
  // Without a probe only somebody's hand ends it, which lets go of all that waits.
  const rest = probe ? PROBED_REST_MS : PROBE_INTERVAL_MS
  return { heldUntil: Math.max(until.getTime(), now + rest), probing: false }
}

export function createHoldBoard({ database, queue, clock, logger, raise, announcer }: HoldBoardInput): HoldBoard {
  let holds = new Map<string, Hold>()
  const keyOf = (app: string, transport: TransportName, kind: Hold['kind']) => `${app}\0${transport}\0${kind}`

  const release = async (
    app: string,
    transport: TransportName,
    remove: (tx: Parameters<typeof removePause>[0]) => Promise<boolean>,
  ) => {
    holds.delete(keyOf(app, transport, 'unauthorized'))
    const removed = await database.transaction(async (tx) => {
      if (!(await remove(tx))) return false
      await queue.releaseHeld(tx, app, transport)
      await announcer?.announce(tx, [{ type: 'transport.resumed', app, transport }])
      return true
    })
    if (!removed) return
    logger.info('The credential works again; delivery goes on.', { app, transport })
    raise({ type: 'transport.resumed', app, transport })
  }

  const probe = async (pause: Hold, now: number): Promise<Lease> => {
    const { app, transport } = pause
    const next = new Date(now + PROBE_INTERVAL_MS)
    holds.set(keyOf(app, transport, 'unauthorized'), { ...pause, until: next })
    const isOurs = await claimProbe(database, { app, transport, at: new Date(now), next })
    return isOurs ? { heldUntil: undefined, probing: true } : waitFor(pause, now)
  }

  return {
    async refresh() {
      const rows = await listHolds(database, new Date(clock.now()))
      holds = new Map(rows.map((hold) => [keyOf(hold.app, hold.transport, hold.kind), hold]))
    },
    ask(app, asking, now) {
      // Asked before every send; while all goes well there is none.
      if (holds.size === 0) return GO
      const { name: transport } = asking
      const deferred = holds.get(keyOf(app, transport, 'deferred'))
      if (deferred && deferred.until.getTime() > now) return { heldUntil: deferred.until.getTime(), probing: false }
      const pause = holds.get(keyOf(app, transport, 'unauthorized'))
      // The pause of another process, which still has another credential, says nothing about this one.
      if (!pause || pause.credentialFingerprint !== asking.credentialFingerprint) return GO
      return pause.probe && pause.until.getTime() <= now ? probe(pause, now) : waitFor(pause, now)
    },
    async hold(app, transport, { kind, reason, probe }, delayMs) {
      const now = clock.now()
      const key = keyOf(app, transport.name, kind)
      const until = new Date(now + delayMs)
      const known = holds.get(key)
      // Hundreds of sends in flight learn the same thing at once; one of them writes it down.
      const { credentialFingerprint } = transport
      if (
        known &&
        (kind === 'unauthorized' ? known.credentialFingerprint === credentialFingerprint : known.until >= until)
      )
        return
      const hold = {
        app,
        transport: transport.name,
        kind,
        reason,
        until,
        probe,
        credentialFingerprint,
        since: new Date(now),
      }
      holds.set(key, hold)
      const isNewPause = await database.transaction(async (tx) => {
        const fresh = await putHold(tx, hold)
        if (!fresh || kind !== 'unauthorized') return false
        await announcer?.announce(tx, [{ type: 'transport.paused', app, transport: transport.name, reason }])
        return true
      })
      if (!isNewPause) return
      logger.error('The push service refuses the credential; delivery is paused until it is mended.', {
        app,
        transport: transport.name,
        reason,
      })
      raise({ type: 'transport.paused', app, transport: transport.name, reason })
    },
    resume: (app, transport) => release(app, transport, (tx) => removePause(tx, app, transport)),
    resumeIfChanged: (app, transport) =>
      release(app, transport.name, (tx) =>
        removeStalePause(tx, {
          app,
          transport: transport.name,
          credentialFingerprint: transport.credentialFingerprint,
        }),
      ),
  }
}
