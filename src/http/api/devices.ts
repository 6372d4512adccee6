// Devices over HTTP. Their addresses are shown nowhere.
import { z } from '@hono/zod-openapi'
import type { Core } from '../../app/core.ts'
import type { DeviceView } from '../../model/device.ts'
import { type ListInput, listOperation } from './list-operation.ts'
import { asDeviceId, deviceOf, type Operation, operation, pathPart } from './operation.ts'
import { limit, next, type Page, readPage } from './page-query.ts'

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

const devicePage = z.object({ devices: z.array(device), next }).openapi('DevicePage')

const devicePageQuery = z.object({
  after: z.string().optional().openapi({ description: 'The device id that ended the page before.' }),
  limit,
})

export function deviceOperations(core: Core): Operation[] {
  return [
    listDevicesOperation({
      path: '/v1/apps/{app}/devices',
      summary: 'List devices, in the order they were made.',
      load: (context, page) => core.devices.list({ app: pathPart(context, 'app'), ...page }),
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

/** A list of devices, whichever they are. */
export function listDevicesOperation(
  input: Pick<ListInput<'devices', DeviceView>, 'path' | 'summary' | 'load'>,
): Operation {
  return listOperation({
    ...input,
    name: 'devices',
    schema: devicePage,
    query: devicePageQuery,
    read: readDevicePage,
    key: ({ deviceId }) => deviceId,
  })
}

/** Throws PUSH_REQUEST_INVALID. */
function readDevicePage(url: string): Page {
  const { after, ...page } = readPage(url)
  return { ...page, after: after === undefined ? undefined : asDeviceId(after, 'after') }
}
