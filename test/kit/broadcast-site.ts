// Workers, an emulator and a fleet of devices on several push services, all on one database: where a broadcast goes
// through a storm, and what became of it for each device is counted on both sides.
import { expect } from 'vitest'
import { type Core, openCore } from '../../src/app/core.ts'
import { type ResolvedOptions, resolveOptions } from '../../src/app/options/resolve-options.ts'
import type { AppOptions } from '../../src/app/options/sendword-options.ts'
import { createEmulator, type Emulator, type VirtualDevice } from '../../src/emulator/create-emulator.ts'
import { addressHash, type TransportName } from '../../src/model/address.ts'
import { type Clock, systemClock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { systemRandom } from '../../src/util/random.ts'
import { TEST_SECRET } from './core.ts'
import { createTestDatabase } from './postgres.ts'
import { query } from './query.ts'

export const API_KEY = 'a-key-for-tests-of-24-characters'

export type FleetSize = Partial<Record<Exclude<TransportName, 'c2dm'>, number>>

export interface BroadcastSite extends AsyncDisposable {
  readonly emulator: Emulator
  /** For looking into the database. */
  url: string
  /** The app's options for the emulator, with repeats that come at once. */
  readonly app: AppOptions
  options(own: AppOptions, workers?: boolean): ResolvedOptions
  /** A process that delivers; with `workers` false one that only accepts. */
  openWorker(own?: AppOptions, workers?: boolean): Promise<Core>
  /** Devices that have been through the handshake, by row id. */
  addFleet(size: FleetSize): Promise<ReadonlyMap<string, VirtualDevice>>
  /** To everyone in the app; answers with the message's id. */
  publish(core: Core): Promise<string>
  /** `at`: another server than the usual one. */
  results(messageId: string, at?: string): Promise<RecordedResult[]>
  /** Every device has one result, its message is settled, and nothing is left in the queue. */
  expectSettled(core: Core, messageId: string, expected: Partial<Record<string, number>>): Promise<void>
}

export interface RecordedResult {
  readonly device: string
  readonly outcome: string
  readonly attempts: number
}

export interface BroadcastSiteInput {
  /** What the workers connect to, and their URL for looking in. Default: a database of its own on the shared server. */
  readonly database?: { readonly database: string; readonly url: string }
  readonly emulator?: Parameters<typeof createEmulator>[0]
  readonly clock?: Clock
}

export async function createBroadcastSite(input: BroadcastSiteInput = {}): Promise<BroadcastSite> {
  const own = input.database === undefined ? await createTestDatabase() : undefined
  const { database, url } = input.database ?? { database: own?.url ?? '', url: own?.url ?? '' }
  const emulator = await createEmulator({ keepRequests: 100_000, ...input.emulator })
  const app = emulatedApp(emulator)
  const cores: Core[] = []
  const options = (own: AppOptions, workers = true) =>
    resolveOptions({ database, secret: TEST_SECRET, apiKey: API_KEY, workers, apps: { default: own } })
  const site: BroadcastSite = {
    emulator,
    url,
    app,
    options,
    async openWorker(own = app, workers = true) {
      const core = await openCore({
        options: options(own, workers),
        logger: silentLogger,
        clock: input.clock ?? systemClock,
        random: systemRandom,
      })
      cores.push(core)
      return core
    },
    addFleet: (size) => addFleet(emulator, site.url, size),
    async publish(core) {
      const { id } = await core.messages.publish({
        app: 'default',
        audience: { everyone: true },
        content: { data: { n: '1' } },
      })
      return id
    },
    results: (messageId, at = site.url) =>
      query<RecordedResult & Record<string, unknown>>(
        at,
        'SELECT device::text, outcome, attempts FROM sendword.delivery WHERE message_id = $1',
        [messageId],
      ),
    async expectSettled(core, messageId, expected) {
      const settled = await core.messages.settled(messageId, { timeout: 120_000 })
      const nothing = { accepted: 0, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 }
      expect(settled.counts).toEqual({ ...nothing, ...expected })
      const results = await site.results(messageId)
      const [devices] = await query<{ count: number }>(site.url, 'SELECT count(*)::int AS count FROM sendword.device')
      expect(new Set(results.map(({ device }) => device)).size).toBe(devices?.count)
      expect(results).toHaveLength(devices?.count ?? 0)
      const [jobs] = await query<{ count: number }>(
        site.url,
        `SELECT count(*)::int AS count FROM sendword_queue.job WHERE name = 'delivery' AND state < 'completed'`,
      )
      expect(jobs?.count).toBe(0)
    },
    async [Symbol.asyncDispose]() {
      for (const core of cores) await core.close(5_000)
      await emulator.close()
      await own?.dispose()
    },
  }
  return site
}

function emulatedApp(emulator: Emulator): AppOptions {
  const { services, credentials, ca } = emulator
  const { host, hostname } = new URL(services.webpush.url)
  const { key, keyId, teamId, bundleId: topic } = credentials.apns
  const repeats = { retryBaseSeconds: 0.01, retryCapSeconds: 0.05 }
  return {
    fcm: { ...services.fcm, serviceAccount: { ...credentials.fcm.serviceAccount }, ca, ...repeats },
    apns: { key, keyId, teamId, topic, ...services.apns, ca, ...repeats, outageSeconds: 0.01 },
    webpush: { allowedHosts: [host], allowPrivateAddresses: [hostname], ca, ...repeats },
  }
}

async function addFleet(emulator: Emulator, url: string, size: FleetSize): Promise<Map<string, VirtualDevice>> {
  const fleet = new Map<string, VirtualDevice>()
  for (const [service, count] of Object.entries(size) as Array<[TransportName, number]>) {
    for (let n = 0; n < count; n++) fleet.set(uuidv7(systemClock, systemRandom), emulator.devices.create({ service }))
  }
  const devices = [...fleet.values()]
  await query(
    url,
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
     SELECT id, 'default', 'device-' || id::text, transport, address, hash, 'active', now(), now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS v (id, transport, address, hash)`,
    [
      [...fleet.keys()],
      devices.map(({ service }) => service),
      devices.map(({ address }) => address),
      devices.map(({ service: transport, address: value }) => addressHash({ transport, value })),
    ],
  )
  return fleet
}

/** How many devices got how many messages: `{ 1: 2000 }` when all is well. */
export function arrivals(devices: Iterable<VirtualDevice>): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { inbox } of devices) counts[inbox.length] = (counts[inbox.length] ?? 0) + 1
  return counts
}
