// Groups over HTTP.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { listOperation } from './list-operation.ts'
import { added, nameOf, removed } from './names.ts'
import { type Operation, operation, pathPart } from './operation.ts'
import { next } from './page-query.ts'
import { readBody } from './read-body.ts'

const group = z
  .object({
    app: z.string(),
    name: z.string(),
    groups: z.array(z.string()).openapi({ description: 'The groups that are directly part of it.' }),
    devices: z.int().openapi({ description: 'Devices that are directly part of it.' }),
    createdAt: z.iso.datetime(),
  })
  .openapi('Group')

const groupPage = z
  .object({ groups: z.array(z.object({ name: z.string(), createdAt: z.iso.datetime() })), next })
  .openapi('GroupPage')

const groupChange = z.strictObject({ name: z.string() }).openapi('GroupChange')

const members = z
  .strictObject({
    devices: z.array(z.string()).optional().openapi({ description: 'Device ids, at most 500.' }),
    groups: z.array(z.string()).optional().openapi({ description: 'Names of groups, at most 100 in one group.' }),
  })
  .openapi('Members')

const memberPage = z.object({ devices: z.array(z.string()), next }).openapi('MemberPage')

const PATH = '/v1/apps/{app}/groups/{name}'

export function groupOperations(core: Core): Operation[] {
  return [listGroups(core), ...oneGroup(core), ...membersOfGroup(core)]
}

function listGroups(core: Core): Operation {
  return listOperation({
    path: '/v1/apps/{app}/groups',
    summary: 'List groups by name.',
    name: 'groups',
    schema: groupPage,
    load: (context, page) => core.groups.list(pathPart(context, 'app'), page),
    key: ({ name }) => name,
  })
}

function oneGroup(core: Core): Operation[] {
  const success = { status: 200, description: 'The group', schema: group } as const
  return [
    operation({
      method: 'put',
      path: PATH,
      summary: 'Make a group, unless there is one of this name.',
      success,
      handle: async (context) => context.json(await core.groups.put(nameOf(context))),
    }),
    operation({
      method: 'patch',
      path: PATH,
      summary: 'Rename a group.',
      body: groupChange,
      success,
      async handle(context) {
        const { name } = await readBody(context.req.raw, groupChange)
        return context.json(await core.groups.rename(nameOf(context), name))
      },
    }),
    operation({
      method: 'get',
      path: PATH,
      summary: 'Show a group.',
      success,
      handle: async (context) => context.json(await core.groups.view(nameOf(context))),
    }),
    operation({
      method: 'delete',
      path: PATH,
      summary: 'Remove a group; its devices stay.',
      success: { status: 204, description: 'Removed' },
      async handle(context) {
        await core.groups.remove(nameOf(context))
        return context.body(null, 204)
      },
    }),
  ]
}

function membersOfGroup(core: Core): Operation[] {
  return [
    listOperation({
      path: `${PATH}/devices`,
      summary: 'List the devices that are directly in a group, in the order they were made.',
      name: 'devices',
      schema: memberPage,
      load: (context, page) => core.groups.devices(nameOf(context), page),
      key: (deviceId) => deviceId,
    }),
    operation({
      method: 'post',
      path: `${PATH}/members`,
      summary: 'Add devices and groups to a group.',
      body: members,
      success: { status: 200, description: 'Added', schema: added },
      async handle(context) {
        return context.json(await core.groups.add(nameOf(context), await readBody(context.req.raw, members)))
      },
    }),
    operation({
      method: 'post',
      path: `${PATH}/members/remove`,
      summary: 'Take devices and groups out of a group.',
      body: members,
      success: { status: 200, description: 'Taken out', schema: removed },
      async handle(context) {
        const given = await readBody(context.req.raw, members)
        return context.json({ removed: await core.groups.take(nameOf(context), given) })
      },
    }),
  ]
}
