// What groups and channels share: a name in the path, and bulk changes of who is in.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { pathPart } from './operation.ts'

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
