// The delivery engine of one process: claims jobs while there is room, sends, records. Any number of processes share
// the work; each job is claimed by one of them.
import type { ClaimedJob } from '../queue/job.ts'
import type { Clock } from '../util/clock.ts'
import { createBreakerBoard } from './breaker-board.ts'
import { createCancellations } from './cancellations.ts'
import { type ClaimLoops, startClaimLoops } from './claim-loop.ts'
import { createClaimer } from './claimer.ts'
import type { DeliveryContext, TransportPlace } from './context.ts'
import { dispatch } from './dispatch.ts'
import type { DispatchContext } from './dispatch-context.ts'
import { createHoldBoard, type HoldBoard } from './hold-board.ts'
import { createKeepAlive } from './keep-alive.ts'
import { createLanes } from './lanes.ts'
import { createRecorder } from './recorder.ts'
import { createSendTally } from './send-tally.ts'
import { createShares } from './shares.ts'
import { createUnserved } from './unserved.ts'

/** After the grace for the sends: how long the database gets to take their results. */
const RECORDING_GRACE_MS = 5_000

export interface Engine {
  /**
   * These are not the transports that they were: sends that start from now on go through those of now, and a pause
   * that was for another credential ends.
   */
  adapt(places: readonly TransportPlace[]): void
  /**
   * Claims nothing further, gives back what has not started, and waits for the sends under way: up to `graceMs`, then
   * cuts them short. Everything that was answered is recorded before it resolves, unless the database is away.
   */
  stop(graceMs: number): Promise<void>
}

export interface EngineInput extends DeliveryContext {
  /** Called after results were committed. */
  readonly onRecorded: () => void
  /** The transports that it begins with. */
  readonly transports: readonly TransportPlace[]
  /** Whether this process has any transport of the app. */
  readonly servesApp: (app: string) => boolean
}

export async function startEngine(input: EngineInput): Promise<Engine> {
  const stopping = new AbortController()
  const aborting = new AbortController()
  const keepAlive = createKeepAlive(input)
  const unserved = createUnserved(input)
  const cancellations = createCancellations()
  const shares = createShares()
  let loops: ClaimLoops | undefined
  let onEmpty: (() => void) | undefined

  const forget = (claims: readonly ClaimedJob[]) => {
    for (const claim of claims) {
      keepAlive.remove(claim)
      shares.of(claim).held--
    }
    if (keepAlive.size === 0) onEmpty?.()
    loops?.roomFreed()
  }
  const breakers = createBreakerBoard(input)
  const recorder = createRecorder({
    ...input,
    tally: createSendTally({ clock: input.clock, isWatched: breakers.isWatched }),
    expectsMore: () => shares.openSends() > 0,
    onRecorded(finished) {
      forget(finished)
      input.onRecorded()
    },
  })
  const board = createHoldBoard(input)
  const stalePauses = createStalePauses(input, board)
  const work = {
    keepAlive,
    cancellations,
    recorder,
    board,
    breakers,
    stopping: stopping.signal,
    aborting: aborting.signal,
  }
  const context: DispatchContext = { ...input, ...work }
  const lanes = createLanes({
    ...input,
    stopping: stopping.signal,
    depart: (send, lane) => void dispatch(context, send, lane),
  })

  const claimer = createClaimer({
    context,
    shares,
    lanes,
    unserved,
    stalePauses,
    onSent() {
      if (shares.openSends() === 0) recorder.nudge()
      loops?.roomFreed()
    },
  })

  const listening = await input.queue.listen((hint) => {
    if (hint.kind === 'fan-out') return
    if (hint.kind === 'cancelled') return cancellations.add(hint.messageId)
    if (hint.kind === 'urgent') loops?.wakeUrgent()
    else loops?.wake()
  })
  loops = startClaimLoops({ clock: input.clock, shares, claim: claimer.claim })

  return {
    adapt(places) {
      stalePauses.lookFor(places)
      unserved.forget(places)
      lanes.renew(places)
      loops?.wake()
    },
    async stop(graceMs) {
      stopping.abort()
      await Promise.all([loops?.stop(), listening.close()])
      const emptied = new AbortController()
      onEmpty = () => emptied.abort()
      const over = (ms: number) => passes(input.clock, ms, emptied.signal)
      if (keepAlive.size === 0) onEmpty()
      if (await over(graceMs)) aborting.abort()
      // The sends have ended one way or the other; only a database that is away can still keep us.
      if (await over(RECORDING_GRACE_MS)) {
        input.logger.error('Results could not be written before the end; those messages are sent again.', {
          jobs: keepAlive.size,
        })
        recorder.giveUp()
      }
      keepAlive.stop()
    },
  }
}

/** Whether that time passes before `signal` aborts. */
function passes(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(ms, signal).then(
    () => true,
    () => false,
  )
}

/** Pauses of credentials that have been changed. A place whose pause could not be ended is looked at again. */
function createStalePauses({ transports, transportOf }: EngineInput, board: HoldBoard) {
  const places = new Set(transports)
  return {
    lookFor(more: readonly TransportPlace[]) {
      for (const place of more) places.add(place)
    },
    async end() {
      for (const place of places) {
        const transport = transportOf(place.app, place.name)
        if (transport) await board.resumeIfChanged(place.app, transport)
        places.delete(place)
      }
    },
  }
}
