// What a user of the library holds: devices that can be sent to, messages that can be waited for, and the HTTP doors
// to mount in his own application.
import { type Core, openCore } from '../app/core.ts'
import type { EventListener } from '../app/events.ts'
import { createLogging } from '../app/logging/create-logging.ts'
import { resolveOptions } from '../app/options/resolve-options.ts'
import type { SendwordOptions } from '../app/options/sendword-options.ts'
import type { Reloaded } from '../app/reload.ts'
import { createC2dmDoors } from '../http/c2dm/doors.ts'
import { type Mount, toMount } from '../http/mount/mount.ts'
import { createMountedApi } from '../http/mount/mounted-api.ts'
import type { SendwordEvent } from '../model/event.ts'
import { type Clock, systemClock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { type Random, systemRandom } from '../util/random.ts'
import { type ChannelDirectory, createChannelDirectory } from './channel-directory.ts'
import { createDeviceDirectory, type DeviceDirectory } from './device-directory.ts'
import { createGroupDirectory, type GroupDirectory } from './group-directory.ts'
import { createMessageDirectory, type MessageDirectory } from './message-directory.ts'
import { createUserDirectory, type UserDirectory } from './user-directory.ts'
import { createWebhookDirectory, type WebhookDirectory } from './webhook-directory.ts'

/** What an application may bring of its own. */
export interface Surroundings {
  /** Where log lines go. Default: standard error, as `log` says; errors are mailed as `mail` says. */
  readonly logger?: Logger
  /** The source of time. Default: the system's. */
  readonly clock?: Clock
  /** The source of chance. Default: the system's. */
  readonly random?: Random
  /** Ends the wait for a database that is down. */
  readonly signal?: AbortSignal
}

export interface WebPushInfo {
  /**
   * The `applicationServerKey` that browsers subscribe for: 65 bytes in base64url. Made when it is first asked for.
   * @throws StateError PUSH_APP_UNKNOWN, PUSH_TRANSPORT_UNAVAILABLE. @throws ConfigError PUSH_CONFIG_SECRET_MISSING.
   */
  publicKey(): Promise<string>
}

export interface Sendword extends AsyncDisposable {
  readonly devices: DeviceDirectory
  readonly messages: MessageDirectory
  readonly users: UserDirectory
  readonly groups: GroupDirectory
  readonly channels: ChannelDirectory
  readonly webhooks: WebhookDirectory
  /**
   * The device doors of C2DM, `registration` and `confirmation`, to mount at any prefix.
   * Throws ConfigError PUSH_C2DM_NOT_CONFIGURED when the app has no C2DM credential, StateError PUSH_APP_UNKNOWN when
   * there is no such app.
   * @param options.app Default `default`.
   */
  c2dm(options?: { readonly app?: string }): Mount
  /**
   * What the pages of an app need for Web Push.
   * @param options.app Default `default`.
   */
  webpush(options?: { readonly app?: string }): WebPushInfo
  /**
   * The JSON API, `{prefix}/v1/apps/{app}/…`, to mount at any prefix. Its key is the option `apiKey`; what devices call
   * needs none. Throws StateError PUSH_APP_UNKNOWN.
   * @param options.app The one app to serve. Default: all.
   */
  api(options?: { readonly app?: string }): Mount
  /**
   * Takes over the apps of other options while messages flow: an app or a push service may come, go, or have another
   * credential. What has not changed keeps its connections; sends under way end through the credential they began
   * with. Answers with the apps that changed, and the options that need a restart and were left as they are.
   * @throws ConfigError when an option is not valid, naming it; nothing has changed then.
   */
  reload(options: SendwordOptions): Promise<Reloaded>
  /** Listens to what happens in this process; answers with the function that ends it. */
  on<Type extends SendwordEvent['type']>(type: Type, listener: EventListener<Type>): () => void
  /**
   * Ends it: nothing new is claimed, sends under way get time to finish, results are written, and the packaged
   * PostgreSQL stops with the last of its users.
   * @param options.graceMs Default: `http.graceSeconds` of the options.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * Opens Sendword: the database (waiting for it when it is down), its schema, and the workers.
 * @throws ConfigError when an option is not valid, naming it.
 * @example
 * ```ts
 * const sendword = await createSendword({ database: './data', apps: { default: { c2dm: { user, password } } } })
 * const device = await sendword.devices.get('sha256-of-something')
 * const message = await device.sendMessage({ greeting: 'hello' }, { collapseKey: 'hi' })
 * await message.settled({ timeout: 30_000 })
 * ```
 */
export async function createSendword(
  options: SendwordOptions = {},
  surroundings: Surroundings = {},
): Promise<Sendword> {
  const resolved = resolveOptions(options)
  const { clock = systemClock, random = systemRandom, signal } = surroundings
  if (surroundings.logger) {
    return toSendword(await openCore({ options: resolved, logger: surroundings.logger, clock, random, signal }))
  }
  const logging = createLogging({ log: resolved.log, mail: resolved.mail, clock })
  const core = await openCore({ options: resolved, logger: logging.logger, clock, random, signal })
  return toSendword(core, logging.close)
}

/** The same object around a core that is open already. */
function toSendword(core: Core, onClosed: () => Promise<void> = async () => undefined): Sendword {
  const close = async (graceMs = core.options.http.graceMs) => {
    await core.close(graceMs)
    await onClosed()
  }
  return {
    devices: createDeviceDirectory(core),
    messages: createMessageDirectory(core),
    users: createUserDirectory(core),
    groups: createGroupDirectory(core),
    channels: createChannelDirectory(core),
    webhooks: createWebhookDirectory(core),
    c2dm: ({ app = 'default' } = {}) => toMount(createC2dmDoors(core, app)),
    webpush: ({ app = 'default' } = {}) => ({ publicKey: () => core.webPushKey(app) }),
    api: ({ app } = {}) => toMount(createMountedApi(core, app)),
    reload: async (options) => await core.reload(resolveOptions(options)),
    on: core.events.on,
    close: (options) => close(options?.graceMs),
    [Symbol.asyncDispose]: () => close(),
  }
}
