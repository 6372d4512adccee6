// Delivery and registry on a database of their own, with a push service that answers what the test says.

import { openDatabase } from '../../src/database/open-database.ts'
import type { Database } from '../../src/database/tx.ts'
import { type Engine, startEngine } from '../../src/delivery/engine.ts'
import { addressHash, type TransportName } from '../../src/model/address.ts'
import type { SendwordEvent } from '../../src/model/event.ts'
import type { MessageContent } from '../../src/model/message.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { ReceiptTokens } from '../../src/model/receipt-token.ts'
import { NO_TIMING } from '../../src/model/timing.ts'
import type { Send, Transport } from '../../src/model/transport.ts'
import { acceptAll } from '../../src/publishing/accept.ts'
import { openQueue, type Queue } from '../../src/queue/queue.ts'
import { confirm } from '../../src/registry/confirm.ts'
import type { RegistryContext } from '../../src/registry/context.ts'
import { register } from '../../src/registry/register.ts'
import { viewDevice } from '../../src/store/devices.ts'
import { findProgress } from '../../src/store/messages.ts'
import { type Clock, systemClock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { type Logger, silentLogger } from '../../src/util/logger.ts'
import { systemRandom } from '../../src/util/random.ts'
import { createTestDatabase } from './postgres.ts'
import { eventually } from './query.ts'

export interface ScriptedPush {
  /** Everything that was sent, in order. */
  readonly sends: Send[]
  /** What the push service answers from now on. */
  answer: (send: Send) => Outcome
  readonly transport: Transport
}

/** Takes everything, until it is told otherwise; repeats come at once. */
export function scriptedPush(name: TransportName, own: Partial<Transport> = {}): ScriptedPush {
  const sends: Send[] = []
  const push: ScriptedPush = {
    sends,
    answer: () => ({ kind: 'accepted', providerId: 'p' }),
    transport: {
      name,
      backoff: { baseMs: 1, capMs: 1 },
      maxInFlight: 50,
      credentialFingerprint: 'one',
      check: () => undefined,
      preview: () => {
        throw new Error('Nobody asks for it here.')
      },
      confirmationContent: (confirmationToken, attempt) => ({ data: { confirmationToken, attempt: `${attempt}` } }),
      async send(send) {
        sends.push(send)
        return push.answer(send)
      },
      forgetRefusal: async () => undefined,
      close: async () => undefined,
      ...own,
    },
  }
  return push
}

export interface EngineKit extends AsyncDisposable {
  readonly database: Database
  readonly queue: Queue
  readonly clock: Clock
  readonly push: ScriptedPush
  readonly events: SendwordEvent[]
  readonly url: string
  /** Another worker on the same database, with the same push service. */
  startWorker(): Promise<Engine>
  /** Asks for a confirmation push. */
  register(deviceId: string, address: string): Promise<void>
  /** The whole handshake. */
  confirmed(deviceId: string, address: string): Promise<void>
  confirm(deviceId: string, token: string | undefined): Promise<void>
  /** Devices that have been through the handshake already: `device-0000` at `address-of-device-0000`, and so on. */
  addDevices(count: number): Promise<string[]>
  /** Accepts a message for each device, all in one transaction; answers their ids. */
  submit(deviceIds: readonly string[], content?: MessageContent): Promise<string[]>
  /** How each of these messages ended, once they all have. */
  outcomes(ids: readonly string[]): Promise<string[]>
  view(deviceId: string): ReturnType<typeof viewDevice>
}

const CONTENT: MessageContent = { data: { n: '1' } }
const APP = 'default'

export interface EngineKitInput {
  readonly push: ScriptedPush
  readonly clock?: Clock
  readonly logger?: Logger
  readonly receiptTokens?: ReceiptTokens
}

export async function createEngineKit({
  push,
  clock = systemClock,
  logger = silentLogger,
  receiptTokens,
}: EngineKitInput): Promise<EngineKit> {
  const own = await createTestDatabase()
  const database = await openDatabase({ database: own.url, logger: silentLogger, clock })
  const queue = await openQueue({ database, logger: silentLogger, supervise: true })
  const events: SendwordEvent[] = []
  const { transport } = push
  const raise = (event: SendwordEvent) => void events.push(event)
  const common = { database, queue, clock, random: systemRandom, logger, raise, receiptTokens }
  const registry: RegistryContext = { ...common, options: REGISTRY_OPTIONS }
  const engines: Engine[] = []
  const kit: EngineKit = {
    database,
    queue,
    clock,
    push,
    events,
    url: own.url,
    async startWorker() {
      const engine = await startEngine({
        ...common,
        transportOf: (_, name) => (name === transport.name ? transport : undefined),
        transports: [{ app: APP, name: transport.name }],
        servesApp: () => true,
        onRecorded: () => undefined,
      })
      engines.push(engine)
      return engine
    },
    async register(deviceId, value) {
      const address = { transport: transport.name, value }
      await register(registry, { app: APP, deviceId, address, door: 'server', client: '192.0.2.1' })
    },
    async confirm(deviceId, token = '') {
      await confirm(registry, { app: APP, deviceId, confirmationToken: token, door: 'json' })
    },
    async confirmed(deviceId, address) {
      await kit.register(deviceId, address)
      const sent = await eventually(
        async () => push.sends.find((send) => send.address === address && send.content.data.confirmationToken),
        (send) => send !== undefined,
      )
      await kit.confirm(deviceId, sent?.content.data.confirmationToken)
    },
    addDevices: (count) => insertDevices({ database, clock, transport: transport.name, count }),
    async submit(deviceIds, content = CONTENT) {
      const publishing = {
        ...common,
        rulesOf: () => transport,
        transportsOf: () => [transport.name],
        appTimingOf: () => NO_TIMING,
        signsReceipts: true,
      }
      const submissions = deviceIds.map((deviceId) => ({ app: APP, deviceId, content }))
      const results = await database.transaction((tx) => acceptAll(publishing, tx, submissions))
      return results.flatMap((result) => ('accepted' in result ? result.accepted.id : []))
    },
    async outcomes(ids) {
      const progress = await eventually(
        () => findProgress(database, ids),
        (all) => all.length === ids.length && all.every(({ single }) => single !== undefined),
      )
      return progress.flatMap(({ single }) => single?.outcome ?? [])
    },
    view: (deviceId) => viewDevice(database, APP, deviceId),
    async [Symbol.asyncDispose]() {
      await Promise.all(engines.map((engine) => engine.stop(5_000)))
      await queue.close()
      await database.close()
      await own.dispose()
    },
  }
  return kit
}

const REGISTRY_OPTIONS = {
  registrationTtlMs: 3_600_000,
  maxWrongGuesses: 5,
  perDevice: 100,
  perAddress: 100,
  perClient: 100,
  approveReplacement: false,
}

interface NewDevices {
  readonly database: Database
  readonly clock: Clock
  readonly transport: TransportName
  readonly count: number
}

async function insertDevices({ database, clock, transport, count }: NewDevices): Promise<string[]> {
  const deviceIds = Array.from({ length: count }, (_, n) => `device-${`${n}`.padStart(4, '0')}`)
  const addresses = deviceIds.map((deviceId) => `address-of-${deviceId}`)
  await database.execute(
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
     SELECT id, $6, device_id, $5, address, hash, 'active', $7, $7
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS v (id, device_id, address, hash)`,
    [
      deviceIds.map(() => uuidv7(clock, systemRandom)),
      deviceIds,
      addresses,
      addresses.map((value) => addressHash({ transport, value })),
      transport,
      APP,
      new Date(clock.now()),
    ],
  )
  return deviceIds
}
