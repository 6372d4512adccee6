// What would become of a message, over HTTP: the requests that an app's push services would get. Sends nothing.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES } from '../../model/address.ts'
import { newPreview } from './new-message.ts'
import { takeTiming } from './new-timing.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

export const preview = z
  .object({
    transport: z.enum(TRANSPORT_NAMES),
    method: z.literal('POST'),
    path: z.string().openapi({ description: 'What differs by device or app stands in braces.' }),
    headers: z.record(z.string(), z.string()).openapi({ description: 'Credentials stand in braces.' }),
    body: z
      .string()
      .openapi({ description: 'As it goes out, but for {address}; before encryption, where there is one.' }),
    bytes: z.int().openapi({ description: 'As this push service counts.' }),
    maxBytes: z.int(),
    notes: z.array(z.string()).openapi({ description: 'What is not carried, and what is shortened.' }),
    refusal: z
      .object({ code: z.string(), detail: z.string() })
      .optional()
      .openapi({ description: 'Why sending it would be refused.' }),
  })
  .openapi('Preview')

export function messagePreviewOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/apps/{app}/messages/preview',
      summary: 'Show what each push service would get for a message, and what of it is cut or refused. Sends nothing.',
      body: newPreview,
      success: {
        status: 200,
        description: 'A preview for each push service',
        schema: z.object({ previews: z.array(preview) }),
      },
      async handle(context) {
        const { rest } = takeTiming(await readBody(context.req.raw, newPreview))
        const { ttl, transports, locale, data = {}, ...content } = rest
        const request = { app: pathPart(context, 'app'), content: { data, ...content }, ttl, transports, locale }
        return context.json({ previews: core.messages.preview(request) })
      },
    }),
  ]
}
