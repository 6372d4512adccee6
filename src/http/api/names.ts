// What the lists of groups and channels share: a name in the path, pages by name, and bulk changes of who is in.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { singleValue } from '../query.ts'
import { pathPart } from './operation.ts'
import { limitOf, queryOf } from './page-query.ts'

const MAX_PAGE = 1000
const DEFAULT_PAGE = 100

export const pageByName = z.object({
  after: z.string().optional().openapi({ description: 'The `next` of the page before.' }),
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
})

export const next = z.string().optional().openapi({ description: 'The `after` of the next page; missing on the last.' })

export const added = z
  .object({
    added: z.int().openapi({ description: 'How many were not in before.' }),
    unknown: z.array(z.string()).openapi({ description: 'Device ids of which there is no device.' }),
  })
  .openapi('Added')

export const removed = z
  .object({ removed: z.int().openapi({ description: 'How many were in before.' }) })
  .openapi('Removed')

export function nameOf(context: Context): { app: string; name: string } {
  return { app: pathPart(context, 'app'), name: pathPart(context, 'name') }
}

/** Throws PUSH_REQUEST_INVALID. */
export function readPageByName(url: string): { after: string | undefined; limit: number } {
  const query = queryOf(url, ['after', 'limit'])
  return { after: singleValue(query, 'after'), limit: limitOf(query, { max: MAX_PAGE, fallback: DEFAULT_PAGE }) }
}

/** The `next` of a page: the last of it, unless there cannot be more. */
export function nextOf<Item>(items: readonly Item[], limit: number, key: (item: Item) => string): string | undefined {
  const last = items.at(-1)
  return last !== undefined && items.length === limit ? key(last) : undefined
}
