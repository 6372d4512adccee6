// Jobs of many devices, and many processes that share them.
import { afterEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { addressHash } from '../../../src/model/address.ts'
import { openQueue } from '../../../src/queue/queue.ts'
import { utcDate } from '../../../src/store/deliveries.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { uuidv7 } from '../../../src/util/ids.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { systemRandom } from '../../../src/util/random.ts'
import { type CoreKit, type CoreOptions, createCoreKit } from '../../kit/core.ts'
import { query } from '../../kit/query.ts'

let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())
const begin = async (options?: CoreOptions) => {
  kit = await createCoreKit(options)
}
const newId = () => uuidv7(systemClock, systemRandom)

/** Devices that are registered already, by row id. */
async function manyDevices(count: number): Promise<Map<string, VirtualDevice>> {
  const devices = new Map<string, VirtualDevice>()
  for (let n = 0; n < count; n++) devices.set(newId(), kit.emulator.devices.create())
  await query(
    kit.url,
    `INSERT INTO sendword.device (id, app, device_id, transport, address, address_hash, state, created_at, last_seen_at)
     SELECT id, 'default', 'device-' || id::text, 'c2dm', address, hash, 'active', now(), now()
       FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS v (id, address, hash)`,
    [
      [...devices.keys()],
      [...devices.values()].map(({ registrationId }) => registrationId),
      [...devices.values()].map(({ registrationId }) => addressHash({ transport: 'c2dm', value: registrationId })),
    ],
  )
  return devices
}

/** One message to all of the devices, in slices of `size`. */
async function broadcast(devices: readonly string[], size: number): Promise<string> {
  const database = await openDatabase({ database: kit.url, logger: silentLogger, clock: systemClock })
  const queue = await openQueue({ database, logger: silentLogger, supervise: false })
  const messageId = newId()
  const releasedOn = utcDate(new Date())
  await database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO sendword.message
         (id, app, device, content, audience_size, released_on, accepted_at, expires_at, single_try)
       VALUES ($1, 'default', $1, '{"data":{"to":"all"}}', $2, $3, now(), now() + interval '1 hour', false)`,
      [messageId, devices.length, releasedOn],
    )
    const jobs = []
    for (let from = 0; from < devices.length; from += size) {
      const slice = devices.slice(from, from + size)
      const progress = { attempts: 0, unknowns: 0 }
      jobs.push({ job: { kind: 'slice' as const, app: 'default', messageId, releasedOn, devices: slice, ...progress } })
    }
    await queue.enqueue(tx, jobs)
  })
  await queue.close()
  await database.close()
  return messageId
}

describe('a slice of many devices', () => {
  test('records each device once: the dead are marked, the throttled come later, the others are spared', async () => {
    await begin()
    const devices = await manyDevices(300)
    const list = [...devices.values()]
    for (const device of list.slice(0, 20)) device.state = 'unregistered'
    for (const device of list.slice(20, 40)) {
      kit.emulator.faults.add({
        service: 'c2dm',
        registrationId: device.registrationId,
        times: 1,
        effect: { kind: 'error', code: 'DeviceQuotaExceeded' },
      })
    }
    const id = await broadcast([...devices.keys()], 300)
    const { counts } = await kit.core.messages.settled(id, { timeout: 25_000 })
    expect(counts).toEqual({ accepted: 280, rejected: 0, unregistered: 20, expired: 0, cancelled: 0 })
    expect(list.slice(20).every(({ inbox }) => inbox.length === 1)).toBe(true)
    const [failed] = await query<{ count: number }>(
      kit.url,
      `SELECT count(*)::int AS count FROM sendword.device WHERE failed_at IS NOT NULL`,
    )
    expect(failed?.count).toBe(20)
    const [attempts] = await query<{ count: number }>(
      kit.url,
      'SELECT count(*)::int AS count FROM sendword.delivery WHERE attempts = 2',
    )
    expect(attempts?.count).toBe(20)
  })

  test('skips devices that have a result already', async () => {
    await begin({ options: { workers: false } })
    const devices = await manyDevices(10)
    const ids = [...devices.keys()]
    const id = await broadcast(ids, 10)
    await query(
      kit.url,
      `INSERT INTO sendword.delivery (released_on, message_id, device, outcome, attempts, finished_at)
       SELECT $1, $2, unnest($3::uuid[]), 'accepted', 1, now()`,
      [utcDate(new Date()), id, ids.slice(0, 6)],
    )
    await kit.open({ options: { workers: true } })
    await kit.core.messages.settled(id, { timeout: 25_000 })
    expect([...devices.values()].map(({ inbox }) => inbox.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
  })
})

describe('several workers', () => {
  test('share the slices of a message without doubling any', async () => {
    await begin({ options: { workers: false } })
    const devices = await manyDevices(600)
    const workers = [await kit.open({ options: { workers: true } }), await kit.open({ options: { workers: true } })]
    kit.emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: 2 } })
    const id = await broadcast([...devices.keys()], 5)
    const { counts } = await kit.core.messages.settled(id, { timeout: 25_000 })
    expect(counts.accepted).toBe(600)
    expect([...devices.values()].every(({ inbox }) => inbox.length === 1)).toBe(true)
    for (const worker of workers) await worker.close(5_000)
  })

  test('take over what one that stops leaves undone, without doubling any', async () => {
    await begin({ options: { workers: false } })
    const devices = await manyDevices(400)
    kit.emulator.faults.add({ service: 'c2dm', effect: { kind: 'delay', ms: 10 } })
    const first = await kit.open({ options: { workers: true } })
    const id = await broadcast([...devices.keys()], 100)
    await kit.emulator.requests.next({ timeoutMs: 20_000 })
    await Promise.all([first.close(10_000), kit.open({ options: { workers: true } })])
    const { counts } = await kit.core.messages.settled(id, { timeout: 25_000 })
    expect(counts.accepted).toBe(400)
    expect([...devices.values()].every(({ inbox }) => inbox.length === 1)).toBe(true)
  })
})

describe('many accepts at once', () => {
  test('share transactions, and a bad one fails alone', async () => {
    await begin()
    const [id] = [...(await manyDevices(1)).keys()]
    const submit = (n: number) =>
      kit.core.messages.submit({
        app: 'default',
        deviceId: n % 10 === 3 ? 'nobody-there' : `device-${id}`.slice(0, 64),
        content: { data: { n: n % 10 === 7 ? 'x'.repeat(2000) : `${n}` } },
      })
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => submit(n)))
    const codes = results.map((result) => (result.status === 'fulfilled' ? 'accepted' : result.reason.code))
    expect(codes.filter((code) => code === 'PUSH_DEVICE_UNKNOWN')).toHaveLength(20)
    expect(codes.filter((code) => code === 'PUSH_MESSAGE_TOO_BIG')).toHaveLength(20)
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? result.value.id : []))
    expect(accepted).toHaveLength(160)
    for (const id of accepted) await kit.core.messages.settled(id, { timeout: 25_000 })
  })
})
