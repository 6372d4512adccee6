// Who gets what a channel publishes, over HTTP, and how it stands with each device.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
import { readIdempotencyKey } from './audience.ts'
import { dryRunAnswer } from './dry-run.ts'
import { listOperation } from './list-operation.ts'
import { acceptedMessage } from './messages.ts'
import { added, nameOf, removed } from './names.ts'
import { newPublication } from './new-message.ts'
import { takeTiming } from './new-timing.ts'
import { type Operation, operation } from './operation.ts'
import { next } from './page-query.ts'
import { readBody } from './read-body.ts'

const subscribers = z
  .strictObject({
    devices: z.array(z.string()).optional().openapi({ description: 'Device ids, at most 500.' }),
    users: z.array(z.string()).optional().openapi({ description: 'All devices of these users, at most 500 of them.' }),
    groups: z
      .array(z.string())
      .optional()
      .openapi({ description: 'All devices of these groups, at most 100 of them.' }),
  })
  .openapi('Subscribers')

const channelDevice = z
  .object({
    deviceId: z.string(),
    direct: z.boolean().openapi({ description: 'Subscribed by itself, and not only through its user or a group.' }),
    lastMessageAt: z.iso.datetime().optional().openapi({
      description: 'When a push service last took a message of this channel for it.',
    }),
    messageId: z.uuid().optional().openapi({ description: 'The channel’s newest message to it.' }),
    state: z
      .enum(['pending', ...FINAL_OUTCOMES])
      .optional()
      .openapi({
        description: 'How that one ended for it, or that it goes on; missing when it was not for this device.',
      }),
    reason: z.string().optional(),
  })
  .openapi('ChannelDevice')

const PATH = '/v1/apps/{app}/channels/{name}'

export function subscriptionOperations(core: Core): Operation[] {
  return [
    listOperation({
      path: `${PATH}/devices`,
      summary: 'List the devices that a channel reaches, in the order they were made, and how it stands with each.',
      name: 'devices',
      schema: z.object({ devices: z.array(channelDevice), next }).openapi('ChannelDevicePage'),
      load: (context, page) => core.channels.devices(nameOf(context), page),
      key: ({ deviceId }) => deviceId,
    }),
    listOperation({
      path: `${PATH}/users`,
      summary: 'List the users that are subscribed to a channel.',
      name: 'users',
      schema: z.object({ users: z.array(z.string()), next }).openapi('ChannelUserPage'),
      load: (context, page) => core.channels.users(nameOf(context), page),
      key: (userId) => userId,
    }),
    operation({
      method: 'post',
      path: `${PATH}/publish`,
      summary: 'Accept the content of a channel for all whom it reaches; once answered, no crash loses it.',
      body: newPublication,
      success: { status: 202, description: 'Accepted; Location leads to it.', schema: acceptedMessage },
      instead: dryRunAnswer,
      async handle(context) {
        const idempotencyKey = readIdempotencyKey(context.req.raw)
        const { timing, rest } = takeTiming(await readBody(context.req.raw, newPublication))
        const { ttl, skipUnfit, dryRun, ...content } = rest
        const publication = { content, ttl, timing, skipUnfit, idempotencyKey }
        if (dryRun) return context.json(await core.channels.dryRun(nameOf(context), publication))
        const { id } = await core.channels.publish(nameOf(context), publication)
        return context.json({ id }, 202, { location: `../../messages/${id}` })
      },
    }),
    operation({
      method: 'post',
      path: `${PATH}/subscribers`,
      summary: 'Subscribe devices, users and groups to a channel.',
      body: subscribers,
      success: { status: 200, description: 'Subscribed', schema: added },
      async handle(context) {
        const given = await readBody(context.req.raw, subscribers)
        return context.json(await core.channels.subscribe(nameOf(context), given))
      },
    }),
    operation({
      method: 'post',
      path: `${PATH}/subscribers/remove`,
      summary: 'Unsubscribe devices, users and groups from a channel.',
      body: subscribers,
      success: { status: 200, description: 'Unsubscribed', schema: removed },
      async handle(context) {
        const given = await readBody(context.req.raw, subscribers)
        return context.json({ removed: await core.channels.unsubscribe(nameOf(context), given) })
      },
    }),
  ]
}
