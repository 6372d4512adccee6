// Devices that nothing is heard of for 270 days become stale, and come back by registering.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resolveOptions } from '../../src/app/options/resolve-options.ts'
import { sweepSilence } from '../../src/app/silence.ts'
import { startUpkeep } from '../../src/app/upkeep.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../kit/engine.ts'
import { createManualClock } from '../kit/manual-clock.ts'
import { createShiftedClock, type ShiftedClock } from '../kit/shifted-clock.ts'

const DAY_MS = 86_400_000
let clock: ShiftedClock
let kit: EngineKit
beforeEach(async () => {
  clock = createShiftedClock()
  kit = await createEngineKit({ push: scriptedPush('fcm'), clock })
  await kit.startWorker()
})
afterEach(() => kit[Symbol.asyncDispose]())

const sweep = (staleAfterDays = 270) =>
  sweepSilence({
    database: kit.database,
    clock,
    raise: (event) => kit.events.push(event),
    apps: new Map([['default', { staleAfterDays }]]),
  })
const staleEvents = () => kit.events.flatMap((event) => (event.type === 'devices.stale' ? [event.deviceIds] : []))
const lastSuccess = async (deviceId: string) => {
  const [row] = await kit.database.execute<{ at: Date | null }>(
    'SELECT last_success_at AS at FROM sendword.device WHERE device_id = $1',
    [deviceId],
  )
  return row?.at?.getTime()
}
const send = async (deviceId: string) => await kit.outcomes(await kit.submit([deviceId]))

describe('a device that nothing is heard of', () => {
  test('is stale after 270 days and not before, with an event, and is skipped like a failed one', async () => {
    await kit.addDevices(1)
    clock.advance(270 * DAY_MS - 60_000)
    await sweep()
    expect(await kit.view('device-0000')).toMatchObject({ failed: false })
    clock.advance(120_000)
    await sweep()
    expect(await kit.view('device-0000')).toMatchObject({ failed: true, failedReason: 'stale' })
    expect(staleEvents()).toEqual([['device-0000']])
    expect(await kit.submit(['device-0000'])).toEqual([])
    await sweep()
    expect(staleEvents()).toHaveLength(1)
  })

  test('is live again once it registers anew', async () => {
    await kit.addDevices(1)
    clock.advance(271 * DAY_MS)
    await sweep()
    await kit.confirmed('device-0000', 'address-of-device-0000')
    expect(await kit.view('device-0000')).toMatchObject({ failed: false, failedReason: undefined })
    await sweep()
    expect(await send('device-0000')).toEqual(['accepted'])
  })

  test('never becomes stale where the option is 0, and sooner where it is less', async () => {
    await kit.addDevices(1)
    clock.advance(1_000 * DAY_MS)
    await sweep(0)
    expect(await kit.view('device-0000')).toMatchObject({ failed: false })
    await sweep(999)
    expect(await kit.view('device-0000')).toMatchObject({ failed: true })
  })

  test('is one of thousands: all of them are found in a sweep, in batches', async () => {
    await kit.addDevices(1_200)
    clock.advance(271 * DAY_MS)
    await sweep()
    expect(staleEvents().map(({ length }) => length)).toEqual([500, 500, 200])
  })
})

describe('a device that is heard of', () => {
  test('by an accepted message, stays', async () => {
    await kit.addDevices(2)
    clock.advance(200 * DAY_MS)
    await send('device-0000')
    clock.advance(100 * DAY_MS)
    await sweep()
    expect(staleEvents()).toEqual([['device-0001']])
    clock.advance(171 * DAY_MS)
    await sweep()
    // To a month: it may have had messages since, which were not noted.
    expect(await kit.view('device-0000')).toMatchObject({ failed: false })
    clock.advance(30 * DAY_MS)
    await sweep()
    expect(staleEvents()).toEqual([['device-0001'], ['device-0000']])
  })

  test('by registering the same address, stays', async () => {
    await kit.addDevices(1)
    clock.advance(200 * DAY_MS)
    await kit.register('device-0000', 'address-of-device-0000')
    clock.advance(100 * DAY_MS)
    await sweep()
    expect(await kit.view('device-0000')).toMatchObject({ failed: false })
  })

  test('has its success noted once in thirty days, and not in those after it registers', async () => {
    await kit.addDevices(1)
    await send('device-0000')
    expect(await lastSuccess('device-0000')).toBeUndefined()
    clock.advance(30 * DAY_MS)
    await send('device-0000')
    const noted = await lastSuccess('device-0000')
    expect(noted).toBeDefined()
    clock.advance(20 * DAY_MS)
    await send('device-0000')
    expect(await lastSuccess('device-0000')).toBe(noted)
    clock.advance(10 * DAY_MS)
    await send('device-0000')
    expect(await lastSuccess('device-0000')).toBeGreaterThan(noted ?? 0)
  })
})

test('upkeep looks for them, of each app as its options are now', async () => {
  await kit.addDevices(1)
  const later = createManualClock(clock.now() + 271 * DAY_MS)
  const upkeep = await startUpkeep({
    database: kit.database,
    clock: later,
    logger: silentLogger,
    ledgerDays: 90,
    apps: () => resolveOptions({ database: kit.url }).apps,
    raise: (event) => kit.events.push(event),
  })
  expect(await kit.view('device-0000')).toMatchObject({ failed: false })
  await later.advance(30_000)
  await upkeep.stop()
  expect(await kit.view('device-0000')).toMatchObject({ failed: true, failedReason: 'stale' })
})

test('the devices to look at are found by an index', async () => {
  await kit.database.transaction(async (tx) => {
    await tx.execute('SET LOCAL enable_seqscan = off')
    const plan = await tx.execute<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM sendword.device
        WHERE app = 'default' AND alive_at < now() AND state = 'active' AND failed_at IS NULL
        ORDER BY alive_at LIMIT 500 FOR UPDATE SKIP LOCKED`,
    )
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(text).toContain('device_silence')
    expect(text).not.toContain('Sort')
  })
})
