// Publishing and delivery of some processes on virtual time, with all that a model may compare at each moment of rest.

import { startEngine } from '../../../src/delivery/engine.ts'
import type { TransportName } from '../../../src/model/address.ts'
import type { Audience } from '../../../src/model/audience.ts'
import type { MessageState } from '../../../src/model/message.ts'
import type { FinalOutcome } from '../../../src/model/outcome.ts'
import { NO_TIMING } from '../../../src/model/timing.ts'
import { type AcceptContext, acceptAll } from '../../../src/publishing/accept.ts'
import { acceptForAudience } from '../../../src/publishing/accept-audience.ts'
import type { FanOutSizes } from '../../../src/publishing/fan-out.ts'
import { startFanOutLoop } from '../../../src/publishing/fan-out-loop.ts'
import { cancelMessage, findOpenAudiences } from '../../../src/store/fan-outs.ts'
import { listHolds, removePause } from '../../../src/store/holds.ts'
import { findProgress } from '../../../src/store/messages.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { createMortalProcess, type MortalProcess } from '../../kit/mortal-process.ts'
import type { ScriptedService } from '../../kit/scripted-service.ts'
import type { VirtualDatabase } from '../../kit/virtual-database.ts'

export interface StageInput {
  readonly ground: VirtualDatabase
  readonly app: string
  readonly service: ScriptedService
  readonly transports: readonly TransportName[]
  readonly sizes: FanOutSizes
}

export interface Worker extends MortalProcess {
  stop(graceMs: number): Promise<void>
}

/** How a message stands. */
export interface Standing {
  readonly id: string
  readonly state: MessageState
  readonly audienceSize: number | undefined
  readonly skipped: number
  readonly counts: Readonly<Record<FinalOutcome, number>>
  /** As whoever waits for its end sees it. */
  readonly isSettled: boolean
  /** By the row id of the device. */
  readonly results: ReadonlyMap<
    string,
    { readonly outcome: FinalOutcome; readonly reason: string | null; readonly attempts: number }
  >
  /** Rows of its ledger. */
  readonly rows: number
}

export interface NewMessage {
  /** Its `data.name`. */
  readonly name: string
  readonly to: { readonly deviceId: string } | { readonly audience: Audience }
  readonly ttl?: number
}

export interface Stage extends AsyncDisposable {
  startWorker(options?: { readonly diesAt?: number | undefined }): Promise<Worker>
  publish(message: NewMessage): Promise<string>
  /** Resolves when the cancellation is committed and every process has been told. */
  cancel(id: string): Promise<void>
  look(ids: readonly string[]): Promise<Standing[]>
  /** Lets time pass until no job is left; calls `onRest` whenever everything has come to rest. */
  play(onRest: () => Promise<void>): Promise<void>
}

/** More moments than any run has: jobs go round in circles. */
const MAX_MOMENTS = 5_000
/** When somebody mends a credential that is not tried again by itself. */
const MENDED_AFTER_MS = 600_000

export function createStage({ ground, app, service, transports, sizes }: StageInput): Stage {
  const { database, queue, time } = ground
  const common = { random: systemRandom, logger: silentLogger, raise: () => undefined, receiptTokens: undefined }
  const workers: Worker[] = []
  const rules = service.serve(createMortalProcess({ database, queue, clock: time }))
  const publishing: AcceptContext = {
    ...{ queue, clock: time, random: systemRandom, signsReceipts: false },
    rulesOf: (_, name) => rules.get(name),
    appTimingOf: () => NO_TIMING,
    transportsOf: () => transports,
  }

  async function mend(): Promise<void> {
    for (const hold of await listHolds(database, new Date(time.now()))) {
      const isDue = hold.kind === 'unauthorized' && !hold.probe && time.now() - hold.since.getTime() >= MENDED_AFTER_MS
      if (!isDue) continue
      await database.transaction(async (tx) => {
        if (await removePause(tx, hold.app, hold.transport)) await queue.releaseHeld(tx, hold.app, hold.transport)
      })
    }
  }

  return {
    async startWorker({ diesAt } = {}) {
      const process = createMortalProcess({ database, queue, clock: time, diesAt })
      const served = service.serve(process)
      const own = { ...common, database: process.database, queue: process.queue, clock: process.clock }
      const engine = await startEngine({
        ...own,
        transportOf: (_, name) => served.get(name),
        transports: transports.map((name) => ({ app, name })),
        servesApp: () => true,
        onRecorded: () => undefined,
      })
      const fanOut = await startFanOutLoop({ ...own, sizes })
      const { step, die, alive, database: itsDatabase, queue: itsQueue, clock } = process
      const worker: Worker = {
        get isDead() {
          return process.isDead
        },
        ...{ step, die, alive, database: itsDatabase, queue: itsQueue, clock },
        async stop(graceMs) {
          await Promise.all([fanOut.stop(), engine.stop(graceMs)])
        },
      }
      workers.push(worker)
      return worker
    },
    async publish({ name, to, ttl }) {
      const submission = { app, content: { data: { name } }, ttl }
      return await database.transaction(async (tx) => {
        if ('audience' in to) return (await acceptForAudience(publishing, tx, { ...submission, ...to })).id
        const [result] = await acceptAll(publishing, tx, [{ ...submission, ...to }])
        if (result && 'accepted' in result) return result.accepted.id
        throw result?.error
      })
    },
    async cancel(id) {
      const { promise: told, resolve: onTold } = Promise.withResolvers<void>()
      // The last one to listen is the last one to hear.
      const listening = await queue.listen((hint) => {
        if (hint.kind === 'cancelled' && hint.messageId === id) onTold()
      })
      const isStopped = await database.transaction(async (tx) => {
        const stopped = await cancelMessage(tx, app, id, new Date(time.now()))
        if (stopped) await queue.tellCancelled(tx, id)
        return stopped
      })
      if (isStopped) await told
      await listening.close()
    },
    async look(ids) {
      const [progress, open, results] = await Promise.all([
        findProgress(database, ids),
        findOpenAudiences(database, ids),
        database.execute<{
          id: string
          device: string
          outcome: FinalOutcome
          reason: string | null
          attempts: number
        }>(
          'SELECT message_id AS id, device, outcome, reason, attempts FROM sendword.delivery WHERE message_id = ANY ($1::uuid[])',
          [ids],
        ),
      ])
      return progress.map(({ id, state, audienceSize, skipped, counts, isOver }) => {
        const own = results.filter((result) => result.id === id)
        const byDevice = new Map(own.map((result) => [result.device, result]))
        return {
          id,
          state,
          audienceSize,
          skipped,
          counts,
          isSettled: isOver && !open.includes(id),
          results: byDevice,
          rows: own.length,
        }
      })
    },
    async play(onRest) {
      for (let moment = 0; moment < MAX_MOMENTS; moment++) {
        await ground.rest()
        await onRest()
        if ((await ground.openJobs()) === 0) return
        await mend()
        await ground.rest()
        await ground.passTime({ someDied: workers.some(({ isDead }) => isDead) })
      }
      throw new Error(`after ${MAX_MOMENTS} moments there are still jobs`)
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) worker.die()
      await ground.rest()
      await ground.clear()
    },
  }
}
