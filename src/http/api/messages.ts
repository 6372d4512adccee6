// Messages over HTTP: accepting one for a device, and telling how it ended.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import { PRIORITIES, VISIBILITIES } from '../../model/notification.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import { deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { readBody } from './read-body.ts'

const notification = z
  .strictObject({
    title: z.string().optional(),
    body: z.string().optional(),
    image: z.string().optional().openapi({ description: 'https:// URL of a picture.' }),
  })
  .openapi('Notification', { description: 'Needs a title or a body.' })

const android = z
  .strictObject({
    channelId: z.string().optional(),
    icon: z.string().optional(),
    color: z.string().optional().openapi({ example: '#00aa55' }),
    sound: z.string().optional(),
    tag: z.string().optional().openapi({ description: 'Replaces the notification that is shown with this tag.' }),
    clickAction: z.string().optional(),
    imageUrl: z.string().optional(),
    visibility: z.enum(VISIBILITIES).optional(),
    notificationCount: z.int().optional(),
    sticky: z.boolean().optional(),
    directBootOk: z.boolean().optional(),
  })
  .openapi('AndroidOptions')

const newMessage = z
  .strictObject({
    data: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ description: 'Text by key; needed where there is no notification.', example: { greeting: 'hello' } }),
    notification: notification.optional().openapi({ description: 'What FCM shows by itself; C2DM cannot.' }),
    priority: z.enum(PRIORITIES).optional().openapi({ description: 'FCM: `high` wakes a sleeping device.' }),
    android: android.optional().openapi({ description: 'FCM: how Android shows the notification.' }),
    collapseKey: z.string().optional().openapi({ description: 'Messages with one key replace each other.' }),
    ttl: z.int().min(0).max(MAX_TTL_SECONDS).optional().openapi({
      description: 'Seconds the message may wait; 0: it is tried once. Default 86400.',
    }),
    delayWhileIdle: z.boolean().optional().openapi({ description: 'C2DM: wait until the device is active.' }),
  })
  .refine(({ data, notification }) => data !== undefined || notification !== undefined, {
    error: 'data or notification is needed',
  })
  .openapi('NewMessage')

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

function toDocument({ id, app, deviceId, acceptedAt, expiresAt, counts, audienceSize, single }: View) {
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const state = ended >= audienceSize ? 'settled' : 'pending'
  return { id, app, deviceId, acceptedAt, expiresAt, state, counts, ...single }
}
