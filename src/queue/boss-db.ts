// A transaction of ours, as pg-boss takes it.
import type { Db } from 'pg-boss'
import type { Tx } from '../database/tx.ts'

export function asDb(tx: Tx): Db {
  return { executeSql: async (text, values) => ({ rows: await tx.execute(text, values) }) }
}
