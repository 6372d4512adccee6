// Drizzle's query builder over any function that runs a statement. Unlike Drizzle's own proxy driver, it passes
// errors on as they are: the driver's wrapper would hide their codes and put parameter values into their messages.
import type { Logger as DrizzleLogger } from 'drizzle-orm/logger'
import { NoopLogger } from 'drizzle-orm/logger'
import { PgDialect } from 'drizzle-orm/pg-core'
import { PgRemoteDatabase, PgRemoteSession, PreparedQuery, type RemoteCallback } from 'drizzle-orm/pg-proxy'

/** Runs one statement; rows come as objects by column name, or as arrays in the order of the columns. */
export type RunStatement = (
  text: string,
  values: readonly unknown[],
  shape: 'objects' | 'arrays',
) => Promise<readonly unknown[]>

type NoSchema = Record<string, never>
type PrepareArguments = Parameters<PgRemoteSession<NoSchema, NoSchema>['prepareQuery']>
type PreparedArguments = ConstructorParameters<typeof PreparedQuery>
type QueryTypes = { execute: unknown; all: unknown; values: unknown }

class PlainPreparedQuery<T extends QueryTypes> extends PreparedQuery<T> {
  /** Replaces the base class's method of this name, which is the one that wraps errors. */
  queryWithCache<Result>(_text: string, _values: unknown[], query: () => Promise<Result>): Promise<Result> {
    return query()
  }
}

class PlainSession extends PgRemoteSession<NoSchema, NoSchema> {
  readonly #callback: RemoteCallback
  readonly #logger: DrizzleLogger = new NoopLogger()

  constructor(callback: RemoteCallback, dialect: PgDialect) {
    super(callback, dialect, undefined)
    this.#callback = callback
  }

  override prepareQuery<T extends QueryTypes>(...prepare: PrepareArguments): PreparedQuery<T> {
    const [query, fields, , arrayMode, mapper] = prepare
    const cache: PreparedArguments[5] = undefined as never
    return new PlainPreparedQuery<T>(
      this.#callback,
      query.sql,
      query.params,
      query.typings,
      this.#logger,
      cache,
      undefined,
      undefined,
      fields,
      arrayMode,
      mapper,
    )
  }
}

export function drizzleOver(run: RunStatement): PgRemoteDatabase {
  const callback: RemoteCallback = async (text, values, method) => {
    const rows = await run(text, values, method === 'all' ? 'arrays' : 'objects')
    return { rows: [...rows] }
  }
  const dialect = new PgDialect()
  return new PgRemoteDatabase(dialect, new PlainSession(callback, dialect), undefined)
}
