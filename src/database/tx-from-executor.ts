// A Tx over a transaction that somebody else opened with another library: anything that can run one statement.
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import { drizzleOver } from './drizzle-proxy.ts'
import type { Tx } from './tx.ts'

export type ExecuteStatement = (text: string, values: readonly unknown[]) => Promise<readonly unknown[]>

/**
 * `execute` gives rows as objects by column name. Drizzle wants arrays, so its columns are taken in the order of the
 * object's keys: a select that names two columns alike must alias one of them.
 */
export function txFromExecutor(executeOne: ExecuteStatement): Tx {
  const execute = oneAfterTheOther(executeOne)
  let drizzle: PgRemoteDatabase | undefined
  return {
    async execute<Row>(text: string, values: readonly unknown[] = []) {
      return [...(await execute(text, values))] as Row[]
    },
    get drizzle() {
      drizzle ??= drizzleOver(async (text, values, shape) => {
        const rows = await execute(text, values)
        return shape === 'objects' ? rows : rows.map((row) => Object.values(row as Record<string, unknown>))
      })
      return drizzle
    },
  }
}

/**
 * Not every library takes a statement while another one is under way. What comes after one that failed is never given to
 * it: by then the caller may have rolled back, and it would commit by itself.
 */
function oneAfterTheOther(execute: ExecuteStatement): ExecuteStatement {
  let last: Promise<unknown> = Promise.resolve()
  return (text, values) => {
    const result = last.then(() => execute(text, values))
    last = result
    return result
  }
}
