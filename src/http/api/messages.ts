// Messages over HTTP: accepting one for a device, and telling how it ended.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import { newMessage } from './new-message.ts'
import { deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

const acceptedMessage = z.object({ id: z.uuid() }).openapi('AcceptedMessage')

const outcome = z.enum(FINAL_OUTCOMES)
const message = z
  .object({
    id: z.uuid(),
    app: z.string(),
    deviceId: z.string().optional().openapi({ description: 'Missing once the device has been removed.' }),
    acceptedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    state: z.enum(['pending', 'settled']),
    counts: z.record(outcome, z.int()).openapi({ description: 'Devices by how the message ended for them.' }),
    outcome: outcome.optional().openapi({ description: 'For a message to one device, once it is settled.' }),
    reason: z.string().optional(),
    providerId: z.string().optional().openapi({ description: 'The push service’s id of the message.' }),
    attempts: z.int().optional(),
    finishedAt: z.iso.datetime().optional(),
    receipts: z
      .object({
        delivered: z.int(),
        opened: z.int(),
        deliveredAt: z.iso.datetime().optional(),
        openedAt: z.iso.datetime().optional(),
      })
      .optional()
      .openapi({ description: 'Devices that told so, and when, for a message to one; if it asks for receipts.' }),
  })
  .openapi('Message')

export function messageOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/apps/{app}/devices/{deviceId}/messages',
      summary: 'Accept a message for a device; once answered, no crash loses it.',
      body: newMessage,
      success: { status: 202, description: 'Accepted; Location leads to it.', schema: acceptedMessage },
      async handle(context) {
        const { app, deviceId } = deviceOf(context)
        const { ttl, data = {}, ...content } = await readBody(context.req.raw, newMessage)
        const { id } = await core.messages.submit({ app, deviceId, content: { data, ...content }, ttl })
        // Relative to the request, as nobody knows here what prefix an application has mounted the API at.
        return context.json({ id }, 202, { location: `../../messages/${id}` })
      },
    }),
    operation({
      method: 'get',
      path: '/v1/apps/{app}/messages/{id}',
      summary: 'How a message stands.',
      success: { status: 200, description: 'The message', schema: message },
      async handle(context) {
        return context.json(toDocument(await core.messages.view(pathPart(context, 'app'), pathPart(context, 'id'))))
      },
    }),
  ]
}

type View = Awaited<ReturnType<Core['messages']['view']>>

function toDocument({ id, app, deviceId, acceptedAt, expiresAt, counts, audienceSize, single, receipts }: View) {
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const state = ended >= audienceSize ? 'settled' : 'pending'
  return { id, app, deviceId, acceptedAt, expiresAt, state, counts, ...single, receipts }
}
