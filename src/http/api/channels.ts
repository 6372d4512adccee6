// Channels over HTTP: their content. Who is subscribed, and publishing, is in subscriptions.ts.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { listOperation } from './list-operation.ts'
import { nameOf } from './names.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { next } from './page-query.ts'
import { readBody } from './read-body.ts'

const summary = {
  name: z.string(),
  collapseKey: z.string().openapi({ description: 'The same for ever, also under another name.' }),
  catchUp: z.boolean(),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime().optional().openapi({ description: 'When the content changed last.' }),
}

const channel = z
  .object({
    app: z.string(),
    ...summary,
    fields: z
      .record(z.string(), z.object({ value: z.string(), changedAt: z.iso.datetime() }))
      .openapi({ description: 'The content, with the last change of each field.' }),
    groups: z.array(z.string()).openapi({ description: 'The groups that are subscribed.' }),
    devices: z.int().openapi({ description: 'Devices that are subscribed by themselves.' }),
    users: z.int().openapi({ description: 'Users that are subscribed.' }),
    lastPublished: z
      .object({ messageId: z.uuid(), at: z.iso.datetime() })
      .optional()
      .openapi({ description: 'The newest message to all who are subscribed.' }),
  })
  .openapi('Channel')

const channelPage = z.object({ channels: z.array(z.object(summary)), next }).openapi('ChannelPage')

const catchUp = z.boolean().optional().openapi({
  description: 'A device that confirms a new address gets the newest message that it missed.',
})

const newChannel = z
  .strictObject({
    fields: z
      .record(z.string(), z.string())
      .optional()
      .openapi({ example: { title: 'Hello', url: '/news/1' } }),
    catchUp,
  })
  .openapi('NewChannel', {
    description: 'All of it: a field that is left out is dropped. catchUp is false by default.',
  })

const channelChange = z
  .strictObject({
    name: z.string().optional(),
    fields: z
      .record(z.string(), z.string().nullable())
      .optional()
      .openapi({ description: 'What is left out stays; null drops a field.' }),
    catchUp,
  })
  .openapi('ChannelChange')

const PATH = '/v1/apps/{app}/channels/{name}'

export function channelOperations(core: Core): Operation[] {
  return [listChannels(core), ...changesOfChannel(core), ...oneChannel(core)]
}

function listChannels(core: Core): Operation {
  return listOperation({
    path: '/v1/apps/{app}/channels',
    summary: 'List channels by name.',
    name: 'channels',
    schema: channelPage,
    load: (context, page) => core.channels.list(pathPart(context, 'app'), page),
    key: ({ name }) => name,
  })
}

const success = { status: 200, description: 'The channel', schema: channel } as const

function changesOfChannel(core: Core): Operation[] {
  return [
    operation({
      method: 'put',
      path: PATH,
      summary: 'Make a channel, or say all of what it says anew. Sends nothing.',
      body: newChannel,
      success,
      async handle(context) {
        return context.json(await core.channels.put(nameOf(context), await readBody(context.req.raw, newChannel)))
      },
    }),
    operation({
      method: 'patch',
      path: PATH,
      summary: 'Change fields of a channel, or its name. Sends nothing.',
      body: channelChange,
      success,
      async handle(context) {
        const change = await readBody(context.req.raw, channelChange)
        return context.json(await core.channels.change(nameOf(context), change))
      },
    }),
  ]
}

function oneChannel(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: PATH,
      summary: 'Show a channel.',
      success,
      handle: async (context) => context.json(await core.channels.view(nameOf(context))),
    }),
    operation({
      method: 'delete',
      path: PATH,
      summary: 'Remove a channel and its subscriptions; what it has sent stays.',
      success: { status: 204, description: 'Removed' },
      async handle(context) {
        await core.channels.remove(nameOf(context))
        return context.body(null, 204)
      },
    }),
  ]
}
