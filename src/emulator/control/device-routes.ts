// The control API's routes of virtual devices: their states, addresses and inboxes.
import * as z from 'zod'
import { APNS_ENVIRONMENTS } from '../../protocols/apns.ts'
import type { DeviceTable } from '../devices/device-table.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import { ADDRESS_KINDS, DEVICE_SERVICES, DEVICE_STATES } from '../devices/virtual-device.ts'
import { EmulatorError } from '../emulator-error.ts'
import { parseInput, readNumbers } from './control-request.ts'
import { arrival, type ControlRoute, done, LONG_POLL, ok, route } from './control-route.ts'
import { deviceBody } from './shown-state.ts'

const deviceSchema = z.strictObject({
  service: z.enum(DEVICE_SERVICES).optional(),
  kind: z.enum(ADDRESS_KINDS).optional(),
  address: z.string().optional(),
  registrationId: z.string().optional(),
  environment: z.enum(APNS_ENVIRONMENTS).optional(),
  state: z.enum(DEVICE_STATES).optional(),
  applicationServerKey: z.string().optional(),
})
const stateSchema = z.strictObject({ state: z.enum(DEVICE_STATES) })
const rotationSchema = z.strictObject({ address: z.string().optional() })
const handshakeSchema = z.strictObject({
  url: z.string(),
  // Whatever a broken app might send: judging it is the server's part.
  deviceId: z.string().max(4096),
  app: z.string().max(4096).optional(),
  deviceKey: z.string().max(4096).optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
})

export function deviceRoutes({ devices }: { readonly devices: DeviceTable }): ControlRoute[] {
  function find(id: string): EmulatedDevice {
    const device = devices.get(id)
    if (!device) throw new EmulatorError('EMULATOR_UNKNOWN', `There is no device ${id}.`)
    return device
  }
  return [
    route('GET', '/devices', () => ok({ devices: devices.list().map(deviceBody) })),
    route('POST', '/devices', ({ body }) => {
      const device = devices.create(parseInput(deviceSchema, body ?? {}))
      return { status: 201, body: deviceBody(device), location: `/devices/${device.id}` }
    }),
    route('GET', '/devices/*', ({ id }) => ok(deviceBody(find(id)))),
    route('PATCH', '/devices/*', ({ id, body }) => {
      const device = find(id)
      device.state = parseInput(stateSchema, body).state
      return ok(deviceBody(device))
    }),
    route('DELETE', '/devices/*', ({ id }) => {
      devices.remove(find(id).id)
      return done
    }),
    route('POST', '/devices/*/rotate', ({ id, body }) =>
      ok(deviceBody(devices.rotate(id, parseInput(rotationSchema, body ?? {}).address))),
    ),
    route('GET', '/devices/*/inbox', async ({ id, query, left }) => {
      const device = find(id)
      const { after, wait } = readNumbers(query, LONG_POLL)
      await arrival(device.inboxAfter(after).length > 0, () =>
        device.nextMessage({ after, timeoutMs: wait, signal: left }),
      )
      return ok({ messages: device.inboxAfter(after), last: device.lastSequence })
    }),
    route('DELETE', '/devices/*/inbox', ({ id }) => {
      find(id).clearInbox()
      return done
    }),
    route('POST', '/devices/*/handshake', async ({ id, body, left }) => {
      const device = find(id)
      return ok(await device.handshake({ ...parseInput(handshakeSchema, body), signal: left }))
    }),
  ]
}
