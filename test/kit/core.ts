// A core on a database of its own, with an emulator as its push service.
import { type Core, openCore } from '../../src/app/core.ts'
import { resolveOptions } from '../../src/app/options/resolve-options.ts'
import type { AppOptions, SendwordOptions } from '../../src/app/options/sendword-options.ts'
import { createEmulator, type Emulator } from '../../src/emulator/create-emulator.ts'
import { type Clock, systemClock } from '../../src/util/clock.ts'
import { type Logger, silentLogger } from '../../src/util/logger.ts'
import { type Random, systemRandom } from '../../src/util/random.ts'
import { createTestDatabase } from './postgres.ts'

export interface CoreKit extends AsyncDisposable {
  readonly core: Core
  readonly emulator: Emulator
  readonly url: string
  /** Another core on the same database and push service. */
  open(options?: CoreOptions): Promise<Core>
}

export interface CoreOptions {
  readonly options?: Partial<SendwordOptions>
  /** Options of the app `default` beside its C2DM. */
  readonly app?: AppOptions
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
  readonly emulator?: Parameters<typeof createEmulator>[0]
  /** Without SENDWORD_SECRET. Default false. */
  readonly secretless?: boolean
}

export const TEST_SECRET = 'a-secret-for-tests-of-32-characters!'

export async function createCoreKit(input: CoreOptions = {}): Promise<CoreKit> {
  const database = await createTestDatabase()
  const emulator = await createEmulator(input.emulator)
  const cores: Core[] = []
  const open = async (own: CoreOptions = {}) => {
    const given = { ...input, ...own }
    const { options, app, clock = systemClock, random = systemRandom, logger = silentLogger } = given
    const core = await openCore({
      options: resolveOptions({
        database: database.url,
        ...(!given.secretless && { secret: TEST_SECRET }),
        apps: { default: { c2dm: emulatedC2dm(emulator), ...app } },
        ...options,
      }),
      logger,
      clock,
      random,
    })
    cores.push(core)
    return core
  }
  return {
    core: await open(),
    emulator,
    url: database.url,
    open,
    async [Symbol.asyncDispose]() {
      for (const core of cores) await core.close(5_000)
      await emulator.close()
      await database.dispose()
    },
  }
}

/** C2DM options that lead to the emulator; repeats come within milliseconds. */
export function emulatedC2dm(emulator: Emulator) {
  const { user, password, appName } = emulator.credentials.c2dm
  const { sendUrl, clientLoginUrl } = emulator.services.c2dm
  return { user, password, appName, url: sendUrl, clientLoginUrl, retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
}

/** Registers and confirms a device, as a device would; answers with its virtual counterpart. */
export async function confirmedDevice({ core, emulator }: Pick<CoreKit, 'core' | 'emulator'>, deviceId: string) {
  const device = emulator.devices.create()
  await core.devices.register({
    app: 'default',
    deviceId,
    address: { transport: 'c2dm', value: device.registrationId },
    client: '192.0.2.1',
    door: 'seed',
  })
  const push = await device.nextMessage({ where: ({ data }) => 'registration_token' in data })
  await core.devices.confirm({
    app: 'default',
    deviceId,
    confirmationToken: push.data.registration_token ?? '',
    door: 'seed',
  })
  return device
}
