// Users over HTTP: what is known of them, and which devices are theirs.
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Core } from '../../app/core.ts'
import { listDevicesOperation } from './devices.ts'
import { listOperation } from './list-operation.ts'
import { deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { next } from './page-query.ts'
import { readBody } from './read-body.ts'

const attributes = {
  locale: z.string().optional().openapi({ example: 'pt-BR' }),
  timeZone: z.string().optional().openapi({ example: 'Europe/Berlin' }),
}

const newUser = z
  .strictObject({ ...attributes, labels: z.record(z.string(), z.string()).optional() })
  .openapi('NewUser', { description: 'All that is known of the user: what is left out is known no longer.' })

const user = z
  .object({
    app: z.string(),
    userId: z.string(),
    ...attributes,
    labels: z.record(z.string(), z.string()),
    devices: z.int(),
    createdAt: z.iso.datetime().optional().openapi({ description: 'Missing when only the devices are known.' }),
    updatedAt: z.iso.datetime().optional(),
  })
  .openapi('User')

const userPage = z.object({ users: z.array(user), next }).openapi('UserPage')

export function userOperations(core: Core): Operation[] {
  return [listUsers(core), ...oneUser(core), ...devicesOfUser(core)]
}

function listUsers(core: Core): Operation {
  return listOperation({
    path: '/v1/apps/{app}/users',
    summary: 'List users of whom something is known, or who have a device, by their ids.',
    name: 'users',
    schema: userPage,
    load: (context, page) => core.users.list(pathPart(context, 'app'), page),
    key: ({ userId }) => userId,
  })
}

function oneUser(core: Core): Operation[] {
  const path = '/v1/apps/{app}/users/{userId}'
  return [
    operation({
      method: 'put',
      path,
      summary: 'Tell what is known of a user.',
      body: newUser,
      success: { status: 200, description: 'The user', schema: user },
      async handle(context) {
        return context.json(await core.users.put(userOf(context), await readBody(context.req.raw, newUser)))
      },
    }),
    operation({
      method: 'get',
      path,
      summary: 'Show a user.',
      success: { status: 200, description: 'The user', schema: user },
      handle: async (context) => context.json(await core.users.view(userOf(context))),
    }),
    operation({
      method: 'delete',
      path,
      summary: 'Forget a user and its subscriptions; its devices stay, and are nobody’s.',
      success: { status: 204, description: 'Forgotten' },
      async handle(context) {
        await core.users.remove(userOf(context))
        return context.body(null, 204)
      },
    }),
  ]
}

function devicesOfUser(core: Core): Operation[] {
  const path = '/v1/apps/{app}/users/{userId}/devices'
  return [
    listDevicesOperation({
      path,
      summary: 'List a user’s devices, in the order they were made.',
      load: (context, page) => core.users.devices(userOf(context), page),
    }),
    operation({
      method: 'put',
      path: `${path}/{deviceId}`,
      summary: 'Make a device this user’s, and no other’s.',
      success: { status: 204, description: 'It is' },
      async handle(context) {
        await core.users.bind(userOf(context), deviceOf(context).deviceId)
        return context.body(null, 204)
      },
    }),
    operation({
      method: 'delete',
      path: `${path}/{deviceId}`,
      summary: 'Make a device nobody’s, when its user logs out.',
      success: { status: 204, description: 'It is' },
      async handle(context) {
        await core.users.unbind(userOf(context), deviceOf(context).deviceId)
        return context.body(null, 204)
      },
    }),
  ]
}

function userOf(context: Context): { app: string; userId: string } {
  return { app: pathPart(context, 'app'), userId: pathPart(context, 'userId') }
}
