// Several apps on one database, each with an emulator of its own.
import { type Core, openCore } from '../../../src/app/core.ts'
import { type ResolvedOptions, resolveOptions } from '../../../src/app/options/resolve-options.ts'
import type { AppOptions, SendwordOptions } from '../../../src/app/options/sendword-options.ts'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { type Clock, systemClock } from '../../../src/util/clock.ts'
import { type Logger, silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { emulatedC2dm, TEST_SECRET } from '../../kit/core.ts'
import { createTestDatabase } from '../../kit/postgres.ts'

export type Apps = Readonly<Record<string, AppOptions>>

export interface Setting {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly workers?: boolean
}

export interface AppsKit extends AsyncDisposable {
  readonly first: Emulator
  readonly second: Emulator
  readonly url: string
  options(apps: Apps, others?: SendwordOptions): ResolvedOptions
  open(apps: Apps, setting?: Setting): Promise<Core>
}

export async function createAppsKit(): Promise<AppsKit> {
  const database = await createTestDatabase()
  const [first, second] = await Promise.all([createEmulator(), createEmulator()])
  const cores: Core[] = []
  const options = (apps: Apps, others: SendwordOptions = {}) =>
    resolveOptions({ database: database.url, secret: TEST_SECRET, apps, ...others })
  return {
    first,
    second,
    url: database.url,
    options,
    async open(apps, { clock = systemClock, logger = silentLogger, workers = true } = {}) {
      const core = await openCore({ options: options(apps, { workers }), logger, clock, random: systemRandom })
      cores.push(core)
      return core
    },
    async [Symbol.asyncDispose]() {
      for (const core of cores) await core.close(5_000)
      await Promise.all([first.close(), second.close()])
      await database.dispose()
    },
  }
}

export function on(emulator: Emulator): AppOptions {
  return { c2dm: emulatedC2dm(emulator) }
}

/** An app that logs in with another password than the account's. */
export function withPassword(emulator: Emulator, password: string): AppOptions {
  return { c2dm: { ...emulatedC2dm(emulator), password } }
}

export function withToken(emulator: Emulator, token: string): AppOptions {
  const { url, clientLoginUrl } = emulatedC2dm(emulator)
  return { c2dm: { token, url, clientLoginUrl } }
}

export interface Place {
  readonly core: Core
  readonly emulator: Emulator
  readonly app: string
}

/** Registers and confirms a device of an app, as a device would. */
export async function confirmedDeviceOf({ core, emulator, app }: Place, deviceId: string) {
  const device = emulator.devices.create()
  const address = { transport: 'c2dm', value: device.registrationId } as const
  await core.devices.register({ app, deviceId, address, client: '192.0.2.1', door: 'seed' })
  const push = await device.nextMessage({ where: ({ data }) => 'registration_token' in data })
  await core.devices.confirm({ app, deviceId, confirmationToken: push.data.registration_token ?? '', door: 'seed' })
  return device
}

export function submitTo(core: Core, app: string, deviceId: string, n: string) {
  return core.messages.submit({ app, deviceId, content: { data: { n } } })
}

export async function outcomeOf(core: Core, id: string): Promise<string | undefined> {
  return (await core.messages.settled(id, { timeout: 25_000 })).single?.outcome
}
