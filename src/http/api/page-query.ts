// Pages of lists over HTTP: how they are asked for, how they are documented, and a closed set of names in their query.
import { z } from '@hono/zod-openapi'
import { DEFAULT_PAGE, MAX_PAGE } from '../../app/page.ts'
import { InputError } from '../../model/push-error.ts'
import { type Query, readQuery, singleValue, splitTarget } from '../query.ts'

export const next = z
  .string()
  .optional()
  .openapi({ description: 'The `after` of the next page; missing on the last one.' })

export const limit = z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE)

export const pageQuery = z.object({
  after: z.string().optional().openapi({ description: 'The `next` of the page before.' }),
  limit,
})

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
export function limitOf(query: Query): number {
  const given = singleValue(query, 'limit') ?? String(DEFAULT_PAGE)
  if (!/^\d{1,4}$/.test(given) || Number(given) < 1 || Number(given) > MAX_PAGE) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: `limit must be a whole number from 1 to ${MAX_PAGE}.` })
  }
  return Number(given)
}

export interface Page {
  readonly after: string | undefined
  readonly limit: number
}

/** Throws PUSH_REQUEST_INVALID. */
export function readPage(url: string): Page {
  const query = queryOf(url, ['after', 'limit'])
  return { after: singleValue(query, 'after'), limit: limitOf(query) }
}
