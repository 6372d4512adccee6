// The registry as the library and the doors use it.
import type { Database } from '../database/tx.ts'
import type { Address, TransportName } from '../model/address.ts'
import type { DeviceView } from '../model/device.ts'
import type { RaiseEvent } from '../model/event.ts'
import { InputError, StateError } from '../model/push-error.ts'
import type { Transport } from '../model/transport.ts'
import type { AcceptContext } from '../publishing/accept.ts'
import { catchUp } from '../publishing/publish-channel.ts'
import type { Queue } from '../queue/queue.ts'
import { approve, type Confirmation, type ConfirmInput, confirm } from '../registry/confirm.ts'
import type { RegistryContext } from '../registry/context.ts'
import { createIdentityVerifier } from '../registry/identity-token.ts'
import { type RegisterInput, type RegisterResult, register } from '../registry/register.ts'
import { leave, remove } from '../registry/remove.ts'
import { listDevices, viewDevice } from '../store/devices.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import type { ResolvedOptions, ResolvedRegistration } from './options/resolve-options.ts'
import { assertLimit, DEFAULT_PAGE } from './page.ts'
import type { Transports } from './transports.ts'

export interface DeviceRef {
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

export interface DeviceClaim extends RegisterInput {
  /** An identity token; its `sub` is the device's user. */
  readonly userToken?: string | undefined
}

export interface Devices {
  /**
   * The first half of the handshake. Throws PUSH_REGISTRATION_INVALID, PUSH_TRANSPORT_UNAVAILABLE,
   * PUSH_REQUEST_RATE_LIMITED, PUSH_DEVICE_KEY_REQUIRED, PUSH_DEVICE_HOLDS_KEY or PUSH_USER_TOKEN_REFUSED.
   */
  register(input: DeviceClaim): Promise<RegisterResult>
  /** The second half. Throws PUSH_CONFIRMATION_REFUSED or PUSH_DEVICE_HOLDS_KEY. */
  confirm(input: ConfirmInput): Promise<Confirmation>
  /** A device that leaves by itself, with its key. Throws PUSH_DEVICE_KEY_REFUSED. */
  leave(input: DeviceRef & { deviceKey: string }): Promise<void>
  /** Lets an address replace a live one that it waits for. Throws PUSH_DEVICE_UNKNOWN or PUSH_REGISTRATION_NOT_HELD. */
  approve(key: DeviceRef): Promise<void>
  /** Throws PUSH_DEVICE_UNKNOWN. */
  view(key: DeviceRef): Promise<DeviceView>
  /** In the order they were made. */
  list(input: ListDevices): Promise<DeviceView[]>
  /** Throws PUSH_DEVICE_UNKNOWN. */
  remove(key: DeviceRef): Promise<void>
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
  readonly transports: Pick<Transports, 'of'>
  readonly publishing: AcceptContext
}

export function createDevices(input: DevicesInput): Devices {
  const { database, assertApp } = input
  const context: RegistryContext = {
    ...input,
    onLive: (tx, device) => catchUp(input.publishing, tx, device),
    options: registryOptions(input.options.registration),
    logger: input.logger.child('registry'),
  }
  const verifyIdentity = createIdentityVerifier((app) => input.options.apps.get(app)?.identity, input.clock)
  return {
    async register({ userToken, ...claim }) {
      const { app, deviceId } = claim
      assertApp(app)
      const transport = input.transports.of(app, claim.address.transport)
      if (!transport) throw unavailable(app, claim.address.transport)
      const address = readAddress(transport, claim.address)
      if (userToken === undefined) return await register(context, { ...claim, address })
      const userId = await verifyIdentity({ app, deviceId, token: userToken })
      return await register(context, { ...claim, address, userId })
    },
    async confirm(echo) {
      assertApp(echo.app)
      return await confirm(context, echo)
    },
    async leave(farewell) {
      assertApp(farewell.app)
      await leave(context, farewell)
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
      assertLimit(limit)
      return await listDevices(database, { app, after, limit })
    },
    async remove(key) {
      assertApp(key.app)
      await remove(context, key)
    },
  }
}

function readAddress(transport: Transport, address: Address): Address {
  const read = transport.readAddress?.(address.value) ?? address
  if ('value' in read) return { transport: transport.name, value: read.value }
  throw new InputError('PUSH_REGISTRATION_INVALID', { detail: `The address ${read.problem}` })
}

function unavailable(app: string, transport: TransportName): StateError {
  return new StateError('PUSH_TRANSPORT_UNAVAILABLE', {
    detail: `The app ${app} has no ${transport} configured, so that no confirmation could be pushed.`,
  })
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
