// The database of a process that dies before one of its statements.
import type { Database, Tx } from '../../src/database/tx.ts'

export interface DyingDatabase extends Database {
  readonly died: boolean
}

/** @param at The number of the statement that is never made, from 1. */
export function dyingDatabase(database: Database, at: number): DyingDatabase {
  let statements = 0
  const dying = (tx: Tx): Tx => ({
    drizzle: tx.drizzle,
    async execute(text, values) {
      if (++statements === at) throw new Error('died')
      return await tx.execute(text, values)
    },
  })
  return {
    ...database,
    ...dying(database),
    get died() {
      return statements >= at
    },
    transaction: (work) => database.transaction((tx) => work(dying(tx))),
  }
}
