// Pages of lists, as they are asked for and as they end.
import { isStorableText } from '../model/message.ts'
import { InputError } from '../model/push-error.ts'

export const MAX_PAGE = 1000
export const DEFAULT_PAGE = 100

export interface PageQuery {
  /** What ended the page before: a device id, or the name of a group, a channel, a user; or the `next` that it gave. */
  readonly after?: string | undefined
  /** 1 to 1000. Default 100. */
  readonly limit?: number | undefined
}

/** Throws InputError PUSH_REQUEST_INVALID. */
export function readPage({ after, limit = DEFAULT_PAGE }: PageQuery): { after: string | undefined; limit: number } {
  assertLimit(limit)
  if (after !== undefined && !isStorableText(after)) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: 'after must be the name or id that ended the page before.' })
  }
  return { after, limit }
}

/** Throws InputError PUSH_REQUEST_INVALID. */
export function assertLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return
  throw new InputError('PUSH_REQUEST_INVALID', { detail: `limit must be a whole number from 1 to ${MAX_PAGE}.` })
}

/** The `next` of a page: the last of it, unless there cannot be more. */
export function nextOf<Item>(items: readonly Item[], limit: number, key: (item: Item) => string): string | undefined {
  const last = items.at(-1)
  return last !== undefined && items.length === limit ? key(last) : undefined
}
