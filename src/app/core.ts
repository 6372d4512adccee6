// The composition: opens the database, brings its schema up to date, and joins queue, registry, publishing and
// delivery into the operations that the library and the HTTP doors offer. Starts and stops them in order.
import { migrate } from '../database/migrate.ts'
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { PushError, StateError } from '../model/push-error.ts'
import { createReceiptTokens } from '../model/receipt-token.ts'
import { NO_TIMING } from '../model/timing.ts'
import { createGroupCommit } from '../publishing/group-commit.ts'
import { createReceiptDesk } from '../publishing/receipts.ts'
import { createSettledWatch } from '../publishing/settled.ts'
import { openQueue } from '../queue/queue.ts'
import { createSeal } from '../store/seal.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Random } from '../util/random.ts'
import { type ApiKeys, createApiKeys } from './api-key.ts'
import { MIGRATIONS, openConfiguredDatabase } from './configured-database.ts'
import { startDelivering } from './delivering.ts'
import { createDevices, type Devices } from './devices.ts'
import { createDirectory, type Directory } from './directory.ts'
import { createEvents, type Events } from './events.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createMessages, type Messages } from './messages.ts'
import type { ResolvedOptions } from './options/resolve-options.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { createReceipts, type Receipts } from './receipts.ts'
import { compareOptions, isUnchanged, type Reloaded } from './reload.ts'
import { findSecret } from './secret.ts'
import { createTransports, type Transports } from './transports.ts'
import { startUpkeep } from './upkeep.ts'
import { createWebhookOffice, type Webhooks } from './webhooks.ts'

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

export interface Core extends Directory {
  /** Those of now: `reload` changes their apps. */
  readonly options: ResolvedOptions
  readonly logger: Logger
  readonly clock: Clock
  readonly devices: Devices
  readonly messages: Messages
  readonly receipts: Receipts
  readonly ledger: Ledger
  readonly webhooks: Webhooks
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
  /**
   * The key that browsers subscribe for; made when it is first asked for. Throws PUSH_APP_UNKNOWN,
   * PUSH_TRANSPORT_UNAVAILABLE.
   */
  webPushKey(app: string): Promise<string>
  /** The push services that are configured for an app. */
  transportsOf(app: string): TransportName[]
  /**
   * Takes over the apps of other options while messages flow: what has not changed is kept with its connections,
   * sends under way end through the transport they began with, and everything later goes through the new one. What
   * takes a restart stays as it is, and is named in the answer. Throws ConfigError, and nothing has changed then.
   */
  reload(options: ResolvedOptions): Promise<Reloaded>
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
  const receiptTokens = secret === undefined ? undefined : createReceiptTokens(secret)
  const events = createEvents(logger)
  const queue = await openQueue({ database, logger: logger.child('queue'), supervise: options.workers })
  const transports = createTransports({ apps: options.apps, database, seal, clock, random, logger })
  const watch = createSettledWatch({ database, clock })
  let current = options
  const office = createWebhookOffice({ ...input, database, apps: () => current.apps })
  const { announcer } = office
  const running = { ...input, database, queue, transports, receiptTokens, raise: events.raise, announcer }
  const { ledgerDays } = options.retention
  const upkeep = options.workers ? await startUpkeep({ ...running, ledgerDays, apps: () => current.apps }) : undefined
  const delivering = await startDelivering({
    ...running,
    workers: options.workers,
    hasSeal: seal !== undefined,
    onRecorded() {
      watch.nudge()
      office.nudge()
    },
  })
  const assertApp = (app: string) => {
    if (!current.apps.has(app)) throw new StateError('PUSH_APP_UNKNOWN')
  }
  const reload = async (next: ResolvedOptions) => {
    const reloaded = compareOptions(current, next)
    const places = transports.replace(next.apps)
    current = { ...current, apps: next.apps }
    logReload(logger, reloaded)
    await delivering.adapt(places)
    return reloaded
  }
  const turns = createTurns()
  const rulesOf = input.acceptsForOthers ? transports.rulesOf : transports.of
  const publishing = {
    ...{ database, queue, clock, random, rulesOf },
    transportsOf: transports.namesOf,
    // A reload may have taken the app away meanwhile.
    appTimingOf: (app: string) => current.apps.get(app)?.timing ?? NO_TIMING,
    localeOf: (app: string) => current.apps.get(app)?.locale,
    signsReceipts: receiptTokens !== undefined,
  }
  const parts = { ...running, publishing, accept: createGroupCommit(publishing), watch, assertApp }
  return {
    get options() {
      return current
    },
    logger,
    clock,
    events,
    devices: createDevices({
      ...parts,
      get options() {
        return current
      },
    }),
    messages: createMessages(parts),
    ...createDirectory(parts),
    receipts: createReceipts({
      ...parts,
      receiptDesk: createReceiptDesk({ database, clock, tokens: receiptTokens }),
    }),
    ledger: createLedger(parts),
    webhooks: office,
    pauses: createPauses({ ...parts, transportOf: transports.of }),
    apiKeys: createApiKeys({ database, given: options.apiKey, clock, random }),
    location: database.location,
    folder: database.folder,
    assertApp,
    hasC2dm: (app) => transports.of(app, 'c2dm') !== undefined,
    async webPushKey(app) {
      assertApp(app)
      return await publicKeyOf(transports, app)
    },
    transportsOf: transports.namesOf,
    reload: (next) => turns.take(() => reload(next)),
    isDelivered: () => queue.hasWorkers(),
    ping: () => ping(database),
    close: onceClosed(async (graceMs) => {
      await turns.end()
      await delivering.stop(graceMs)
      await office.stop(graceMs)
      await upkeep?.stop()
      watch.close()
      await transports.close()
      await queue.close()
      await database.close()
    }),
  }
}

async function publicKeyOf(transports: Transports, app: string): Promise<string> {
  const key = await transports.of(app, 'webpush')?.publicKey?.()
  if (key !== undefined) return key
  throw new StateError('PUSH_TRANSPORT_UNAVAILABLE', { detail: `The app ${app} has no Web Push configured.` })
}

/** Names of apps only. */
function logReload(logger: Logger, reloaded: Reloaded): void {
  const { added, changed, removed, needsRestart } = reloaded
  if (isUnchanged(reloaded)) logger.info('The configuration was read again; no app has changed.')
  else logger.info('The configuration was reloaded.', { added, changed, removed })
  if (needsRestart.length > 0) logger.warn(`These options have changed and need a restart: ${needsRestart.join(', ')}.`)
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

/** One work after the other, until the end. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  let ended = false
  return {
    take<T>(work: () => Promise<T>): Promise<T> {
      if (ended) return Promise.reject(new StateError('PUSH_CLOSED'))
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
    async end() {
      ended = true
      await last
    },
  }
}
