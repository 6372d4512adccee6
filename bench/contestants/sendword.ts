// Sendword's whole path for many devices of one push service: jobs claimed, addresses read, sends made, every result
// recorded, on the packaged PostgreSQL. The devices are put into the registry beforehand; the slices are what a broadcast is made of.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCore } from '../../src/app/core.ts'
import { resolveOptions } from '../../src/app/options/resolve-options.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import type { Database } from '../../src/database/tx.ts'
import { addressHash, TRANSPORT_NAMES } from '../../src/model/address.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { utcDate } from '../../src/store/deliveries.ts'
import { systemClock } from '../../src/util/clock.ts'
import { uuidv7 } from '../../src/util/ids.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { systemRandom } from '../../src/util/random.ts'
import { measure, report } from '../measure.ts'
import { processorTimeOfTree } from '../processor-time.ts'
import { serviceOf } from './services.ts'

const [controlUrl = '', count = '100000', slice = '500', service = 'fcm'] = process.argv.slice(2)
const transport = TRANSPORT_NAMES.find((name) => name === service) ?? 'fcm'
const { app, address } = await serviceOf(transport, controlUrl)
const context = { logger: silentLogger, clock: systemClock }
const newId = () => uuidv7(systemClock, systemRandom)
const folder = await mkdtemp(join(tmpdir(), 'sendword-bench-'))
const core = await openCore({
  ...context,
  random: systemRandom,
  options: resolveOptions({
    database: folder,
    apps: { default: app },
  }),
})
const database = await openDatabase({ database: folder, ...context })
const queue = await openQueue({ database, logger: silentLogger, supervise: false })
const postmaster = Number((await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])

try {
  const devices = await insertDevices(database, Number(count))
  await broadcast(devices.slice(0, 2_000))
  const databaseBefore = processorTimeOfTree(postmaster)
  const figures = await measure(() => broadcast(devices))
  report({ ...figures, databaseCpuMs: processorTimeOfTree(postmaster) - databaseBefore })
} finally {
  await queue.close()
  await database.close()
  await core.close(5_000)
  await rm(folder, { recursive: true, force: true })
}

async function insertDevices(tx: Database, total: number): Promise<string[]> {
  const ids: string[] = []
  const BATCH = 10_000
  for (let from = 0; from < total; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, total - from) }, (_, n) => from + n)
    const batch = numbers.map((n) => ({
      id: newId(),
      address: { transport, value: address(n) },
    }))
    await tx.execute(
      `INSERT INTO sendword.device
         (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
       SELECT id, 'default', 'device-' || id::text, $5, address, hash, 'active', $4, $4
         FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS v (id, address, hash)`,
      [
        batch.map(({ id }) => id),
        batch.map(({ address }) => address.value),
        batch.map(({ address }) => addressHash(address)),
        new Date(),
        transport,
      ],
    )
    ids.push(...batch.map(({ id }) => id))
  }
  await tx.execute('ANALYZE sendword.device')
  return ids
}

async function broadcast(devices: readonly string[]): Promise<number> {
  const messageId = newId()
  const now = new Date()
  const releasedOn = utcDate(now)
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO sendword.message
         (id, app, device, content, audience_size, released_on, accepted_at, expires_at, single_try)
       VALUES ($1, 'default', $1, '{"data":{"greeting":"hello"}}', $2, $3, $4, $5, false)`,
      [messageId, devices.length, releasedOn, now, new Date(now.getTime() + 3_600_000)],
    )
    const jobs = []
    for (let from = 0; from < devices.length; from += Number(slice)) {
      const part = devices.slice(from, from + Number(slice))
      const progress = { attempts: 0, unknowns: 0 }
      jobs.push({ job: { kind: 'slice' as const, app: 'default', messageId, releasedOn, devices: part, ...progress } })
    }
    await queue.enqueue(tx, jobs)
  })
  const { counts } = await core.messages.settled(messageId)
  if (counts.accepted !== devices.length) throw new Error(`only ${JSON.stringify(counts)} of ${devices.length}`)
  return devices.length
}
