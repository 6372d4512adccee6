// A transaction of the caller's own, opened with whatever database library he uses, as a Tx of ours. Libraries are
// told apart by shape, so that none is a dependency.
import { sql } from 'drizzle-orm'
import {
  type Db,
  type DrizzleTransactionLike,
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromPrisma,
  type KnexTransactionLike,
  type KyselyTransactionLike,
  type PrismaTransactionLike,
} from 'pg-boss'
import type { Tx } from '../database/tx.ts'
import { txFromExecutor } from '../database/tx-from-executor.ts'
import type { CallerTransaction, PgClientLike } from '../model/caller-transaction.ts'
import { StateError } from '../model/push-error.ts'

/** Throws StateError PUSH_TRANSACTION_FOREIGN when it is none of these, or on a database without our tables. */
export async function adoptTransaction(transaction: CallerTransaction): Promise<Tx> {
  const db = adapt(transaction)
  if (!db) {
    throw new StateError('PUSH_TRANSACTION_FOREIGN', { detail: 'The `tx` given is no transaction of a known library.' })
  }
  const tx = txFromExecutor(async (text, values) => (await db.executeSql(text, [...values])).rows)
  await assertOurDatabase(tx)
  return tx
}

function adapt(transaction: CallerTransaction): Db | undefined {
  const has = (method: string) => typeof (transaction as unknown as Record<string, unknown>)?.[method] === 'function'
  // A function with `raw` is a Knex transaction; Kysely, Drizzle and Prisma each have a method of their own name.
  if (has('raw')) return fromKnex(transaction as KnexTransactionLike)
  if (has('executeQuery')) return fromKysely(transaction as KyselyTransactionLike)
  if (has('$queryRawUnsafe')) return fromPrisma(transaction as PrismaTransactionLike)
  if (has('execute')) return fromDrizzle(transaction as DrizzleTransactionLike, sql)
  if (has('query')) {
    const client = transaction as PgClientLike
    return { executeSql: (text, values) => client.query(text, values) }
  }
  return undefined
}

async function assertOurDatabase(tx: Tx): Promise<void> {
  const rows = await tx.execute<{ ours: boolean }>(
    `SELECT to_regclass('sendword.message') IS NOT NULL AND to_regclass('sendword_queue.job') IS NOT NULL AS ours`,
  )
  if (!rows[0]?.ours) {
    throw new StateError('PUSH_TRANSACTION_FOREIGN', {
      detail: 'The transaction given as `tx` is on a database that holds no Sendword.',
    })
  }
}
