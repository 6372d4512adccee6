// Runs statements on one connection of node-postgres, one after the other, with errors as our callers see them.
import pg, { type ClientBase, type QueryResult } from 'pg'
import { toDatabaseError } from './connection-errors.ts'

export type Shape = 'objects' | 'arrays'

const DATE_TYPES = new Set<number>([
  pg.types.builtins.DATE,
  pg.types.builtins.TIMESTAMP,
  pg.types.builtins.TIMESTAMPTZ,
  pg.types.builtins.INTERVAL,
  1115, // timestamp[]
  1182, // date[]
  1185, // timestamptz[]
  1187, // interval[]
])

/** Drizzle decodes dates itself, from PostgreSQL's text; everything else is decoded as in plain queries. */
const drizzleTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    DATE_TYPES.has(oid)
      ? (value: string) => value
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
}

export async function runOnClient(
  client: ClientBase,
  text: string,
  values: readonly unknown[],
  shape: Shape = 'objects',
): Promise<QueryResult> {
  try {
    if (shape === 'objects') return joined(await client.query(text, [...values]))
    return (await client.query({
      text,
      values: [...values],
      rowMode: 'array',
      types: drizzleTypes,
    })) as unknown as QueryResult
  } catch (error) {
    throw toDatabaseError(error)
  }
}

/** A text of several statements has a result for each: their rows are given together, as pg-boss expects them. */
function joined(result: QueryResult | readonly QueryResult[]): QueryResult {
  if (!('length' in result)) return result
  const last = result.at(-1) as QueryResult
  return { ...last, rows: result.flatMap(({ rows }) => rows) }
}
