// Devices as objects that can be sent to.
import type { Core } from '../app/core.ts'
import type { TransportName } from '../model/address.ts'
import type { CallerTransaction } from '../model/caller-transaction.ts'
import type { Delivery } from '../model/delivery.ts'
import type { DeviceView } from '../model/device.ts'
import type { DeviceAttributes } from '../model/device-attributes.ts'
import type { PushSubscriptionJson } from '../model/web-push-address.ts'
import { type DryRun, type MessageHandle, messageHandle } from './message-directory.ts'
import { contentOf, type MessageOptions, timingOf } from './message-options.ts'

export interface SendOptions extends MessageOptions {
  /**
   * FCM: it checks the message and the address, and delivers nothing; the outcome is `accepted` with the reason
   * `ValidatedOnly`. Devices of other push services refuse it. Default false.
   */
  readonly validateOnly?: boolean
  /** What the message's variables stand for, by name; else its labels say it, or the defaults. */
  readonly values?: Readonly<Record<string, string>>
  /** A repeat with the same key is answered with the message of the first one. At most 255 bytes. */
  readonly idempotencyKey?: string
  /**
   * An open transaction of yours, of node-postgres (the client), Drizzle, Kysely, Knex or Prisma, on Sendword's
   * database: the message is sent if it commits, and never otherwise.
   */
  readonly tx?: CallerTransaction
}

export interface Device extends DeviceView {
  /**
   * Accepts a message for this device. Once it resolves (and `tx` has committed), no crash loses the message.
   * @param data Text by key; on C2DM each key arrives as the intent extra of its name. Each push service has its own
   *   bound, from C2DM's 1024 bytes to 4096: `messages.preview` counts.
   * @throws InputError PUSH_MESSAGE_INVALID, PUSH_MESSAGE_TOO_BIG.
   * @throws StateError PUSH_DEVICE_FAILED, PUSH_DEVICE_PENDING, PUSH_DEVICE_UNKNOWN, PUSH_TRANSACTION_FOREIGN.
   */
  sendMessage(data: Readonly<Record<string, string>>, options?: SendOptions): Promise<MessageHandle>
  /**
   * What `sendMessage` would do: checks all that it checks, and answers what the push service would get for this device.
   * Stores nothing, tells nobody, and takes no idempotency key.
   * @throws as `sendMessage`.
   */
  dryRun(data: Readonly<Record<string, string>>, options?: SendOptions): Promise<DryRun>
  /** What became of the messages to it, the newest first. @throws StateError PUSH_DEVICE_UNKNOWN. */
  deliveries(): AsyncIterable<Delivery>
  /** Removes the device with its address and its pending registration. @throws StateError PUSH_DEVICE_UNKNOWN. */
  unregister(): Promise<void>
}

export interface AppOption {
  /** Default `default`. */
  readonly app?: string
}

export interface NewRegistration extends DeviceAttributes {
  /** 8 to 64 bytes. */
  readonly deviceId: string
  readonly transport: TransportName
  /** What the push service gave the device; of a browser its PushSubscription, as `toJSON()` gives it or as text. */
  readonly address: string | PushSubscriptionJson
  /** Whose device it is, at most 255 bytes. Default: as it was. */
  readonly userId?: string
}

export interface DeviceDirectory {
  /** @throws StateError PUSH_DEVICE_UNKNOWN. */
  get(deviceId: string, options?: AppOption): Promise<Device>
  /** In the order they were made; `after` is the device id that ended the page before, `limit` 1 to 1000 (100). */
  list(options?: AppOption & { readonly after?: string; readonly limit?: number }): Promise<Device[]>
  /**
   * Registers a device on behalf of your own server, which needs no device key: a push with the confirmation token goes
   * to the address, and the address is in force once the device has confirmed. Answers `live` when it is already.
   * @throws InputError PUSH_REGISTRATION_INVALID. @throws StateError PUSH_TRANSPORT_UNAVAILABLE.
   */
  register(registration: NewRegistration, options?: AppOption): Promise<'pending' | 'live'>
  /** @throws StateError PUSH_DEVICE_UNKNOWN. */
  unregister(deviceId: string, options?: AppOption): Promise<void>
  /** Lets a confirmed address replace a live one, where the option `registration.approveReplacement` holds it. */
  approve(deviceId: string, options?: AppOption): Promise<void>
}

/** @internal So that the published types do not lead to those of the core. */
export function createDeviceDirectory(core: Core): DeviceDirectory {
  return {
    async get(deviceId, { app = 'default' } = {}) {
      return toDevice(core, await core.devices.view({ app, deviceId }))
    },
    async list({ app = 'default', after, limit } = {}) {
      const views = await core.devices.list({ app, after, limit })
      return views.map((view) => toDevice(core, view))
    },
    async register({ deviceId, transport, address, userId, ...attributes }, { app = 'default' } = {}) {
      const value = typeof address === 'string' ? address : JSON.stringify(address)
      const claim = { app, deviceId, address: { transport, value }, userId, attributes }
      const result = await core.devices.register({ ...claim, door: 'server', client: 'server' })
      return result === 'pending' ? 'pending' : 'live'
    },
    unregister: (deviceId, { app = 'default' } = {}) => core.devices.remove({ app, deviceId }),
    approve: (deviceId, { app = 'default' } = {}) => core.devices.approve({ app, deviceId }),
  }
}

/** @internal As above. */
export function toDevice(core: Core, view: DeviceView): Device {
  const { app, deviceId } = view
  const submissionOf = (data: Readonly<Record<string, string>>, options: SendOptions) => {
    const { ttl, values, idempotencyKey } = options
    const [content, timing] = [contentOf(data, options), timingOf(options)]
    return { app, deviceId, content, values, ttl, timing, idempotencyKey }
  }
  return {
    ...view,
    async sendMessage(data, options = {}) {
      const { id } = await core.messages.submit(submissionOf(data, options), options.tx)
      return messageHandle(core, id)
    },
    dryRun: (data, options = {}) => core.messages.dryRun(submissionOf(data, options), options.tx),
    deliveries: () => deliveriesOf(core, { app, deviceId }),
    unregister: () => core.devices.remove({ app, deviceId }),
  }
}

async function* deliveriesOf(core: Core, device: { app: string; deviceId: string }): AsyncGenerator<Delivery> {
  for (let after: string | undefined, more = true; more; ) {
    const page = await core.ledger.ofDevice({ ...device, after })
    yield* page.deliveries
    after = page.next
    more = after !== undefined
  }
}
