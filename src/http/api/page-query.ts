// What the queries of lists share: a closed set of names, and the size of a page.
import { InputError } from '../../model/push-error.ts'
import { type Query, readQuery, singleValue, splitTarget } from '../query.ts'

/** The query of a request, which may hold these parameters only. Throws PUSH_REQUEST_INVALID. */
export function queryOf(url: string, names: readonly string[]): Query {
  const query = readQuery(splitTarget(url).query)
  for (const given of query.keys()) {
    if (!names.includes(given.split('[')[0] ?? given)) {
      const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
      throw new InputError('PUSH_REQUEST_INVALID', { detail: `The query may hold ${listed} only.` })
    }
  }
  return query
}

/** Throws PUSH_REQUEST_INVALID. */
export function limitOf(query: Query, { max, fallback }: { max: number; fallback: number }): number {
  const limit = singleValue(query, 'limit') ?? String(fallback)
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > max) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: `limit must be a whole number from 1 to ${max}.` })
  }
  return Number(limit)
}
