// A process that may die at any moment between two of its steps, as far as others can see: from then on none of its
// statements, sends and waits ends, and its open transaction is rolled back.
import type { Database, Tx } from '../../src/database/tx.ts'
import type { Queue } from '../../src/queue/queue.ts'
import type { Clock } from '../../src/util/clock.ts'

export interface MortalProcess {
  readonly isDead: boolean
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  /** One more step: throws when it is the last. */
  step(): void
  die(): void
  /** As `work` settles while the process lives, and never once it is dead. */
  alive<T>(work: () => Promise<T>): Promise<T>
}

export interface MortalProcessInput {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  /** The number of its last step, from 1. Steps lie before and after each statement, commit and send. Default: never. */
  readonly diesAt?: number | undefined
}

export function createMortalProcess({ database, queue, clock, diesAt }: MortalProcessInput): MortalProcess {
  let steps = 0
  let dead = false
  const step = () => {
    steps++
    if (steps === diesAt) dead = true
    if (dead) throw new Error('the process is dead')
  }
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) return await never()
    try {
      const result = await work()
      if (!dead) return result
    } catch (error) {
      if (!dead) throw error
    }
    return await never()
  }
  const between = <T>(work: () => Promise<T>): Promise<T> =>
    alive(async () => {
      step()
      const result = await work()
      step()
      return result
    })
  /** Inside a transaction a statement after the end must fail, so that all of it is rolled back. */
  const inside = (tx: Tx): Tx => ({
    drizzle: tx.drizzle,
    async execute(text, values) {
      step()
      const rows = await tx.execute<never>(text, values)
      step()
      return rows
    },
  })

  return {
    get isDead() {
      return dead
    },
    step,
    die() {
      dead = true
    },
    alive,
    database: {
      drizzle: database.drizzle,
      location: database.location,
      folder: database.folder,
      execute: (text, values) => between(() => database.execute<never>(text, values)),
      transaction: (work) =>
        alive(async () => {
          const result = await database.transaction(async (tx) => {
            const done = await work(inside(tx))
            step()
            return done
          })
          step()
          return result
        }),
      listen: database.listen,
      close: database.close,
    },
    queue: {
      ...queue,
      claim: (limit, which) => between(() => queue.claim(limit, which)),
      touch: (claims) => between(() => queue.touch(claims)),
      fanOuts: { ...queue.fanOuts, claim: (limit) => between(() => queue.fanOuts.claim(limit)) },
      listen: (onHint) => queue.listen((hint) => (dead ? undefined : onHint(hint))),
    },
    clock: {
      now: clock.now,
      sleep: (ms, signal) => alive(() => clock.sleep(ms, signal)),
    },
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
