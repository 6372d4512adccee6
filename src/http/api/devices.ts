// Devices over HTTP. Their addresses are shown nowhere.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import { singleValue } from '../query.ts'
import { asDeviceId, deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { limitOf, queryOf } from './page-query.ts'

const MAX_PAGE = 1000
const DEFAULT_PAGE = 100

const device = z
  .object({
    deviceId: z.string(),
    app: z.string(),
    transport: z.string(),
    state: z.enum(['pending', 'active']),
    failed: z.boolean().openapi({ description: 'Its live address is dead; it can be reached once it registers anew.' }),
    failedReason: z.string().optional(),
    failedAt: z.iso.datetime().optional(),
    userId: z.string().optional(),
    locale: z.string().optional(),
    timeZone: z.string().optional(),
    appVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()),
    createdAt: z.iso.datetime(),
    confirmedAt: z.iso.datetime().optional(),
    lastSeenAt: z.iso.datetime(),
    lastMessageAt: z.iso.datetime().optional(),
  })
  .openapi('Device')

export const devicePage = z
  .object({
    devices: z.array(device),
    next: z.string().optional().openapi({ description: 'The `after` of the next page; missing on the last one.' }),
  })
  .openapi('DevicePage')

export const pageQuery = z.object({
  after: z.string().optional().openapi({ description: 'The device id that ended the page before.' }),
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
})

export function deviceOperations(core: Core): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/apps/{app}/devices',
      summary: 'List devices, in the order they were made.',
      query: pageQuery,
      success: { status: 200, description: 'A page', schema: devicePage },
      async handle(context) {
        const { after, limit } = readPage(context.req.url)
        const devices = await core.devices.list({ app: pathPart(context, 'app'), after, limit })
        const next = devices.length === limit ? devices.at(-1)?.deviceId : undefined
        return context.json({ devices, next })
      },
    }),
    operation({
      method: 'get',
      path: '/v1/apps/{app}/devices/{deviceId}',
      summary: 'Show a device.',
      success: { status: 200, description: 'The device', schema: device },
      handle: async (context) => context.json(await core.devices.view(deviceOf(context))),
    }),
    operation({
      method: 'delete',
      path: '/v1/apps/{app}/devices/{deviceId}',
      summary: 'Remove a device, its address and its pending registration.',
      success: { status: 204, description: 'Removed' },
      async handle(context) {
        await core.devices.remove(deviceOf(context))
        return context.body(null, 204)
      },
    }),
    operation({
      method: 'post',
      path: '/v1/apps/{app}/devices/{deviceId}/approve',
      summary: 'Let a confirmed address replace the live one that it waits for.',
      success: { status: 204, description: 'Replaced' },
      async handle(context) {
        await core.devices.approve(deviceOf(context))
        return context.body(null, 204)
      },
    }),
  ]
}

/** Throws PUSH_REQUEST_INVALID. */
export function readPage(url: string): { after: string | undefined; limit: number } {
  const query = queryOf(url, ['after', 'limit'])
  const after = singleValue(query, 'after')
  const limit = limitOf(query, { max: MAX_PAGE, fallback: DEFAULT_PAGE })
  return { after: after === undefined ? undefined : asDeviceId(after, 'after'), limit }
}
