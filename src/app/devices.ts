// The registry as the library and the doors use it.
import type { Database } from '../database/tx.ts'
import type { Address } from '../model/address.ts'
import type { DeviceView } from '../model/device.ts'
import type { RaiseEvent } from '../model/event.ts'
import { InputError, StateError } from '../model/push-error.ts'
import type { Queue } from '../queue/queue.ts'
import { approve, confirm } from '../registry/confirm.ts'
import type { RegistryContext } from '../registry/context.ts'
import { type RegisterResult, register } from '../registry/register.ts'
import { remove } from '../registry/remove.ts'
import { listDevices, viewDevice } from '../store/devices.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { ResolvedOptions, ResolvedRegistration } from './options/resolve-options.ts'

export interface DeviceKey {
  readonly app: string
  readonly deviceId: string
}

export interface ListDevices {
  readonly app: string
  /** The device id that ended the page before. */
  readonly after?: string | undefined
  /** 1 to 1000. Default 100. */
  readonly limit?: number | undefined
}

export interface Devices {
  /** The first half of the handshake. Throws PUSH_REGISTRATION_INVALID or PUSH_REQUEST_RATE_LIMITED. */
  register(input: DeviceKey & { address: Address; client: string }): Promise<RegisterResult>
  /** The second half. Throws PUSH_CONFIRMATION_REFUSED. */
  confirm(input: DeviceKey & { confirmationToken: string }): Promise<void>
  /** Lets an address replace a live one that it waits for. Throws PUSH_DEVICE_UNKNOWN or PUSH_REGISTRATION_NOT_HELD. */
  approve(key: DeviceKey): Promise<void>
  /** Throws PUSH_DEVICE_UNKNOWN. */
  view(key: DeviceKey): Promise<DeviceView>
  /** In the order they were made. */
  list(input: ListDevices): Promise<DeviceView[]>
  /** Throws PUSH_DEVICE_UNKNOWN. */
  remove(key: DeviceKey): Promise<void>
}

export interface DevicesInput {
  readonly options: ResolvedOptions
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly raise: RaiseEvent
  readonly assertApp: (app: string) => void
}

const MAX_PAGE = 1000
const DEFAULT_PAGE = 100

export function createDevices(input: DevicesInput): Devices {
  const { database, assertApp } = input
  const context: RegistryContext = {
    ...input,
    options: registryOptions(input.options.registration),
    logger: input.logger.child('registry'),
  }
  return {
    async register(claim) {
      assertApp(claim.app)
      return await register(context, claim)
    },
    async confirm(echo) {
      assertApp(echo.app)
      await confirm(context, echo)
    },
    async approve(key) {
      assertApp(key.app)
      await approve(context, key)
    },
    async view({ app, deviceId }) {
      assertApp(app)
      const view = await viewDevice(database, app, deviceId)
      if (!view) throw new StateError('PUSH_DEVICE_UNKNOWN')
      return view
    },
    async list({ app, after, limit = DEFAULT_PAGE }) {
      assertApp(app)
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new InputError('PUSH_REQUEST_INVALID', { detail: `limit must be a whole number from 1 to ${MAX_PAGE}.` })
      }
      return await listDevices(database, { app, after, limit })
    },
    async remove(key) {
      assertApp(key.app)
      await remove(context, key)
    },
  }
}

function registryOptions(options: ResolvedRegistration): RegistryContext['options'] {
  return {
    registrationTtlMs: options.ttlMs,
    maxWrongGuesses: options.maxWrongGuesses,
    perDevice: options.perDevicePerHour,
    perAddress: options.perAddressPerHour,
    perClient: options.perClientPerHour,
    approveReplacement: options.approveReplacement,
  }
}
