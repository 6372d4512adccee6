// Delivery in this process, with the fan-out and the schedule that feed it: begins with its first push service, and
// hears of every one that changes.
import type { TransportPlace } from '../delivery/context.ts'
import { type Engine, type EngineInput, startEngine } from '../delivery/engine.ts'
import { ConfigError } from '../model/push-error.ts'
import { startFanOutLoop } from '../publishing/fan-out-loop.ts'
import { startReleaseLoop } from '../publishing/release-loop.ts'
import type { TurnLoop } from '../util/turn-loop.ts'
import type { Transports } from './transports.ts'

export interface Delivering {
  adapt(places: readonly TransportPlace[]): Promise<void>
  stop(graceMs: number): Promise<void>
}

export interface DeliveringInput extends Omit<EngineInput, 'transports' | 'transportOf' | 'servesApp'> {
  readonly transports: Transports
  /** False: others deliver. */
  readonly workers: boolean
  /** Whether what transports obtain can be kept. */
  readonly hasSeal: boolean
}

export async function startDelivering({
  transports,
  workers,
  hasSeal,
  logger,
  ...input
}: DeliveringInput): Promise<Delivering> {
  let engine: Engine | undefined
  /** What feeds it. */
  let feeding: ReadonlyArray<Pick<TurnLoop, 'stop'>> = []

  async function begin(): Promise<void> {
    // Without any push service it could only take jobs from processes that have one.
    if (!workers || transports.all().length === 0) return
    if (!hasSeal) logger.child('delivery').warn(new ConfigError('PUSH_CONFIG_SECRET_MISSING').message)
    engine = await startEngine({
      ...input,
      logger: logger.child('delivery'),
      transports: transports.all(),
      transportOf: transports.of,
      servesApp: (app) => transports.namesOf(app).length > 0,
    })
    const publishing = { ...input, logger: logger.child('publishing') }
    feeding = [await startFanOutLoop(publishing), startReleaseLoop(publishing)]
  }

  await begin()
  return {
    async adapt(places) {
      if (engine) engine.adapt(places)
      else await begin()
    },
    async stop(graceMs) {
      await Promise.all(feeding.map((loop) => loop.stop()))
      await engine?.stop(graceMs)
    },
  }
}
