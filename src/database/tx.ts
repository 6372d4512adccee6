// What every store and queue function takes first: a place to run SQL, which is one open transaction or, for a
// single statement, the database itself.
import type { PgRemoteDatabase } from 'drizzle-orm/pg-proxy'

export interface Tx {
  /** Runs one statement with $1, $2, … parameters. Rows come as objects by column name. */
  execute<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Drizzle's query builder on the same connection. */
  readonly drizzle: PgRemoteDatabase
}

export interface ListenHandle {
  close(): Promise<void>
}

export interface Database extends Tx {
  /**
   * Runs `work` in one transaction: commits when it resolves, rolls back when it rejects. Inside it, using the
   * database itself instead of the `tx` that is given throws PUSH_TRANSACTION_NESTED: such a statement would commit
   * apart. A deadlock or serialization failure runs `work` again, so it must have no effect but through `tx`.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Calls `onNotify` for each NOTIFY on `channel`, and `onReconnect` whenever the listening connection was made anew
   * and notifications may have been missed. Reconnects by itself until closed.
   */
  listen(channel: string, onNotify: (payload: string) => void, onReconnect: () => void): Promise<ListenHandle>
  /** Where it is, for people: a folder, or the URL without its password. */
  readonly location: string
  /** The data folder, when PostgreSQL is the packaged one. */
  readonly folder: string | undefined
  close(): Promise<void>
}
