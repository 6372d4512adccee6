// The composition: opens the database, brings its schema up to date, and joins queue, registry, publishing and
// delivery into the operations that the library and the HTTP doors offer. Starts and stops them in order.
import { migrate } from '../database/migrate.ts'
import type { Database } from '../database/tx.ts'
import { type Engine, startEngine } from '../delivery/engine.ts'
import { ConfigError, PushError, StateError } from '../model/push-error.ts'
import { createGroupCommit } from '../publishing/group-commit.ts'
import { createSettledWatch } from '../publishing/settled.ts'
import { openQueue, type Queue } from '../queue/queue.ts'
import { createSeal } from '../store/seal.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { type ApiKeys, createApiKeys } from './api-key.ts'
import { MIGRATIONS, openConfiguredDatabase } from './configured-database.ts'
import { createDevices, type Devices } from './devices.ts'
import { createEvents, type Events } from './events.ts'
import { createMessages, type Messages } from './messages.ts'
import type { ResolvedOptions } from './options/resolve-options.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { findSecret } from './secret.ts'
import { createTransports, type Transports } from './transports.ts'
import { startUpkeep } from './upkeep.ts'

export interface CoreInput {
  readonly options: ResolvedOptions
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  /** Ends the wait for a database that is down. */
  readonly signal?: AbortSignal | undefined
  /** Accept messages also for push services that only other processes have configured. Default false. */
  readonly acceptsForOthers?: boolean | undefined
}

export interface Core {
  readonly options: ResolvedOptions
  readonly logger: Logger
  readonly clock: Clock
  readonly devices: Devices
  readonly messages: Messages
  readonly pauses: Pauses
  readonly apiKeys: ApiKeys
  readonly events: Events
  /** Where the data is, for people. */
  readonly location: string
  /** The data folder, when there is one. */
  readonly folder: string | undefined
  /** Throws StateError PUSH_APP_UNKNOWN. */
  assertApp(app: string): void
  /** Whether C2DM is configured for an app. */
  hasC2dm(app: string): boolean
  /** Whether some process delivers messages now. */
  isDelivered(): Promise<boolean>
  /** Resolves when the database answers; throws PUSH_DATABASE_DOWN otherwise. */
  ping(): Promise<void>
  /** Ends everything that `openCore` began; sends under way get `graceMs` to finish. */
  close(graceMs: number): Promise<void>
}

export async function openCore(input: CoreInput): Promise<Core> {
  const database = await openConfiguredDatabase(input)
  try {
    return await compose(input, database)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function compose(input: CoreInput, database: Database): Promise<Core> {
  const { options, logger, clock, random } = input
  await migrate(database, MIGRATIONS, logger.child('database'), clock)
  const secret = await findSecret({ given: options.secret, folder: database.folder, random })
  const seal = secret === undefined ? undefined : createSeal(secret, random)
  const events = createEvents(logger)
  const queue = await openQueue({ database, logger: logger.child('queue'), supervise: options.workers })
  const transports = createTransports({ apps: options.apps, database, seal, clock, random, logger })
  const watch = createSettledWatch({ database, clock })
  const { ledgerDays } = options.retention
  const upkeep = options.workers ? await startUpkeep({ database, clock, logger, ledgerDays }) : undefined
  const running = { ...input, database, queue, transports, raise: events.raise }
  // Without any push service it could only take jobs from processes that have one.
  const delivers = options.workers && transports.all().length > 0
  if (delivers && seal === undefined) logger.warn(new ConfigError('PUSH_CONFIG_SECRET_MISSING').message)
  const engine = delivers ? await startDelivery(running, watch.nudge) : undefined
  const assertApp = (app: string) => {
    if (!options.apps.has(app)) throw new StateError('PUSH_APP_UNKNOWN')
  }
  const rulesOf = input.acceptsForOthers ? transports.rulesOf : transports.of
  const publishing = { database, queue, clock, random, rulesOf }
  const parts = { ...running, publishing, accept: createGroupCommit(publishing), watch, assertApp }
  return {
    options,
    logger,
    clock,
    events,
    devices: createDevices(parts),
    messages: createMessages(parts),
    pauses: createPauses({ ...parts, transportOf: transports.of }),
    apiKeys: createApiKeys({ database, given: options.apiKey, clock, random }),
    location: database.location,
    folder: database.folder,
    assertApp,
    hasC2dm: (app) => transports.of(app, 'c2dm') !== undefined,
    isDelivered: () => queue.hasWorkers(),
    ping: () => ping(database),
    close: onceClosed(async (graceMs) => {
      await engine?.stop(graceMs)
      await upkeep?.stop()
      watch.close()
      await transports.close()
      await queue.close()
      await database.close()
    }),
  }
}

interface Running extends CoreInput {
  readonly database: Database
  readonly queue: Queue
  readonly transports: Transports
  readonly raise: Events['raise']
}

function startDelivery(running: Running, onRecorded: () => void): Promise<Engine> {
  const { database, queue, clock, random, raise, transports } = running
  return startEngine({
    database,
    queue,
    clock,
    random,
    raise,
    logger: running.logger.child('delivery'),
    transportOf: transports.of,
    transports: transports.all(),
    servesApp: (app) => transports.namesOf(app).length > 0,
    onRecorded,
  })
}

async function ping(database: Database): Promise<void> {
  try {
    await database.execute('SELECT 1')
  } catch (cause) {
    throw cause instanceof PushError ? cause : new StateError('PUSH_DATABASE_DOWN', { cause })
  }
}

/** However often it is called, it closes once, and everybody waits for that. */
function onceClosed(close: (graceMs: number) => Promise<void>): (graceMs: number) => Promise<void> {
  let closing: Promise<void> | undefined
  return (graceMs) => {
    closing ??= close(graceMs)
    return closing
  }
}
