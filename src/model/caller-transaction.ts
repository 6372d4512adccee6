// A transaction of the caller's own, by the shape that each database library gives it: none is a dependency, and the
// published types speak of none.

/** What node-postgres calls a client, inside BEGIN … COMMIT. */
export interface PgClientLike {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

interface DrizzleTransactionLike {
  execute(query: unknown): Promise<{ rows: unknown[] } | Array<{ rows: unknown[] }> | unknown[]>
}

interface KyselyTransactionLike {
  /** Takes a compiled query, whose nodes are Kysely's own. */
  executeQuery(query: never): Promise<{ readonly rows: unknown[] }>
}

interface KnexTransactionLike {
  raw(sql: string, bindings?: readonly unknown[]): PromiseLike<{ rows: unknown[] } | Array<{ rows: unknown[] }>>
}

interface PrismaTransactionLike {
  $queryRawUnsafe<Rows>(query: string, ...values: unknown[]): Promise<Rows>
}

/** An open transaction of node-postgres (a client), Drizzle, Kysely, Knex or Prisma. */
export type CallerTransaction =
  | PgClientLike
  | DrizzleTransactionLike
  | KyselyTransactionLike
  | KnexTransactionLike
  | PrismaTransactionLike
