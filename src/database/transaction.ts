// One transaction on one connection: BEGIN, the caller's work, COMMIT or ROLLBACK, and what becomes of the connection.
// Statements that are started together travel together, and PostgreSQL runs them in their order.
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import type { PoolClient } from 'pg'
import { StateError } from '../model/push-error.ts'
import { errorCode } from './connection-errors.ts'
import { drizzleOver } from './drizzle-proxy.ts'
import { giveBackAfter } from './give-back.ts'
import { runOnClient, type Shape } from './query-client.ts'
import type { Tx } from './tx.ts'

/** What the code inside a transaction shares with the guard on the outer handle. */
export interface TransactionScope {
  open: boolean
}

/** What came after a statement that failed is refused with it: in_failed_sql_transaction. */
const FAILED_BEFORE = '25P02'

/**
 * Runs `work` and gives `client` back to its pool, or destroys it when its state is not known.
 * `enter` runs the work so that the guard can see `scope` from everything it calls.
 */
export async function runTransaction<T>(
  client: PoolClient,
  work: (tx: Tx) => Promise<T>,
  enter: <R>(scope: TransactionScope, body: () => Promise<R>) => Promise<R>,
): Promise<T> {
  const scope: TransactionScope = { open: true }
  let firstFailure: unknown
  const query = (text: string, values: readonly unknown[] = [], shape?: Shape) =>
    runOnClient(client, text, values, shape)
  const run = async (text: string, values: readonly unknown[], shape: Shape) => {
    if (!scope.open) {
      throw new StateError('PUSH_TRANSACTION_FOREIGN', { detail: 'A statement came after the end of its transaction.' })
    }
    try {
      return (await query(text, values, shape)).rows
    } catch (error) {
      firstFailure ??= error
      throw error
    }
  }

  try {
    // Not together with the first statement: were this one cancelled, that one would commit by itself.
    await query('BEGIN')
    const result = await enter(scope, () => work(txOver(run)))
    scope.open = false
    // PostgreSQL answers COMMIT with ROLLBACK when a statement failed before and the work went on regardless.
    const { command } = await query('COMMIT')
    if (command === 'ROLLBACK') throw firstFailure ?? new StateError('PUSH_INTERNAL')
    client.release()
    return result
  } catch (thrown) {
    scope.open = false
    const error = errorCode(thrown) === FAILED_BEFORE ? (firstFailure ?? thrown) : thrown
    await giveBackAfter(client, error)
    throw error
  }
}

function txOver(run: (text: string, values: readonly unknown[], shape: Shape) => Promise<unknown[]>): Tx {
  let drizzle: PgRemoteDatabase | undefined
  return {
    async execute<Row>(text: string, values: readonly unknown[] = []) {
      return (await run(text, values, 'objects')) as Row[]
    },
    get drizzle() {
      drizzle ??= drizzleOver(run)
      return drizzle
    },
  }
}
