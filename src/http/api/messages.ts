// Messages over HTTP: accepting one for a device, and telling how it ended.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { messageDocument } from '../../app/message-document.ts'
import { MESSAGE_STATES } from '../../model/message.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import { readIdempotencyKey } from './audience.ts'
import { dryRunAnswer } from './dry-run.ts'
import { newMessage } from './new-message.ts'
import { localTime, takeTiming } from './new-timing.ts'
import { deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

export const acceptedMessage = z.object({ id: z.uuid() }).openapi('AcceptedMessage')

const outcome = z.enum(FINAL_OUTCOMES)
export const message = z
  .object({
    id: z.uuid(),
    app: z.string(),
    deviceId: z.string().optional().openapi({ description: 'Missing once the device has been removed.' }),
    acceptedAt: z.iso.datetime(),
    sendAt: z.iso.datetime().optional().openapi({ description: 'When it goes or went, if not at once.' }),
    localTime: localTime.optional().openapi({ description: 'Of an audience: when it goes to each device.' }),
    expiresAt: z.iso.datetime(),
    audience: z.record(z.string(), z.unknown()).optional().openapi({ description: 'If it goes to an audience.' }),
    audienceSize: z.int().optional().openapi({
      description: 'Devices that it goes to, of an audience: missing until all of them have been found.',
    }),
    skipped: z.int().optional().openapi({ description: 'Devices of an audience that could not be reached.' }),
    state: z.enum(MESSAGE_STATES).openapi({
      description:
        '`scheduled`: it waits for its time. `fanning-out`: the devices of its audience are being found. `cancelled`: what had left has left.',
    }),
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
      instead: dryRunAnswer,
      async handle(context) {
        const { app, deviceId } = deviceOf(context)
        const idempotencyKey = readIdempotencyKey(context.req.raw)
        const { timing, rest } = takeTiming(await readBody(context.req.raw, newMessage))
        const { ttl, values, dryRun, data = {}, ...content } = rest
        const message = { app, deviceId, content: { data, ...content }, values, ttl, timing, idempotencyKey }
        if (dryRun) return context.json(await core.messages.dryRun(message))
        const { id } = await core.messages.submit(message)
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
        return context.json(
          messageDocument(await core.messages.view(pathPart(context, 'app'), pathPart(context, 'id'))),
        )
      },
    }),
  ]
}
