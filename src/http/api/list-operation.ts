// The operation that answers a list page by page.
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { nextOf } from '../../app/page.ts'
import { type Operation, operation } from './operation.ts'
import { type Page, pageQuery, readPage } from './page-query.ts'

export interface ListInput<Name extends string, Item> {
  readonly path: string
  readonly summary: string
  /** What the list is called in the answer. */
  readonly name: Name
  /** Of the whole page. */
  readonly schema: z.ZodType
  /** Default: what any list takes. */
  readonly query?: z.ZodObject
  /** Throws PUSH_REQUEST_INVALID. */
  readonly read?: (url: string) => Page
  load(context: Context, page: Page): Promise<readonly Item[]>
  /** By what the next page begins. */
  key(item: Item): string
}

export function listOperation<Name extends string, Item>(input: ListInput<Name, Item>): Operation {
  const { path, summary, name, schema, query = pageQuery, read = readPage } = input
  return operation({
    method: 'get',
    path,
    summary,
    query,
    success: { status: 200, description: 'A page', schema },
    async handle(context) {
      const page = read(context.req.url)
      const items = await input.load(context, page)
      return context.json({ [name]: items, next: nextOf(items, page.limit, input.key) })
    },
  })
}
