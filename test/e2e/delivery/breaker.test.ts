// What happens when a push service calls nearly all addresses dead: the devices are spared.
import { afterEach, describe, expect, test } from 'vitest'
import { addSendCounts, closeBreaker, listOpenBreakers } from '../../../src/store/breakers.ts'
import { createEngineKit, type EngineKit, scriptedPush } from '../../kit/engine.ts'
import { eventually } from '../../kit/query.ts'
import { type RecordingLogger, recordingLogger } from '../../kit/recording-logger.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'

let kit: EngineKit
let clock: ShiftedClock
let logger: RecordingLogger
let devices: string[]
afterEach(() => kit[Symbol.asyncDispose]())

const begin = async (count: number, workers = 1) => {
  clock = createShiftedClock()
  logger = recordingLogger()
  kit = await createEngineKit({ push: scriptedPush('fcm'), clock, logger })
  devices = await kit.addDevices(count)
  for (let n = 0; n < workers; n++) await kit.startWorker()
}
const send = async (deviceIds: readonly string[]) => await kit.outcomes(await kit.submit(deviceIds))
const dead = { kind: 'unregistered', reason: 'NotRegistered' } as const
const accepted = { kind: 'accepted', providerId: 'p' } as const
const failed = async () => {
  const rows = await kit.database.execute<{ id: string }>(
    'SELECT device_id AS id FROM sendword.device WHERE failed_at IS NOT NULL ORDER BY device_id',
  )
  return rows.map(({ id }) => id)
}
const open = () => listOpenBreakers(kit.database, 'default')
const eventsOf = (type: string) => kit.events.filter((event) => event.type === type)
const thisMinute = () => new Date(Math.floor(clock.now() / 60_000) * 60_000)
const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value)

describe('addresses that are found dead', () => {
  test('are deactivated while they are few, or a smaller part of all sends', async () => {
    await begin(100)
    kit.push.answer = ({ address }) => (address < 'address-of-device-0080' ? dead : accepted)
    const good = devices.slice(80)
    await send(good)
    await send(devices)
    expect(await failed()).toEqual(devices.slice(0, 80))
    expect(await open()).toEqual([])
  })

  test('open the breaker when they are nearly all: none stays deactivated, the ledger keeps what was said', async () => {
    await begin(120)
    kit.push.answer = () => dead
    expect(await send(devices.slice(0, 40))).toEqual(times(40, 'unregistered'))
    expect(await failed()).toHaveLength(40)
    expect(await send(devices.slice(40))).toEqual(times(80, 'unregistered'))
    expect(await failed()).toEqual([])
    const [opened] = eventsOf('transport.breaker-opened')
    expect(opened).toMatchObject({ app: 'default', transport: 'fcm' })
    expect(eventsOf('transport.breaker-opened')).toHaveLength(1)
    expect(logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(1)
    // Open, it believes nothing.
    expect(await send(devices)).toEqual(times(120, 'unregistered'))
    expect(await failed()).toEqual([])
    expect(await open()).toMatchObject([{ transport: 'fcm' }])
  })

  test('do not open it when other workers sent enough to good ones', async () => {
    await begin(60)
    await kit.database.transaction((tx) =>
      addSendCounts(tx, [{ app: 'default', transport: 'fcm', minute: thisMinute(), sends: 10, dead: 0 }]),
    )
    kit.push.answer = () => dead
    await send(devices)
    expect(await failed()).toHaveLength(60)
    expect(await open()).toEqual([])
  })

  test('more than five minutes ago count no more, and stay deactivated when it opens', async () => {
    await begin(100)
    kit.push.answer = () => dead
    await send(devices.slice(0, 30))
    clock.advance(301_000)
    await send(devices.slice(30, 79))
    expect(await open()).toEqual([])
    await send(devices.slice(79))
    expect(await open()).toHaveLength(1)
    expect(await failed()).toEqual(devices.slice(0, 30))
  })

  test('by pushes of the handshake do not count', async () => {
    await begin(0)
    kit.push.answer = () => dead
    for (let n = 0; n < 60; n++) await kit.register(`device-${`${n}`.padStart(4, '0')}`, `an-address-of-number-${n}`)
    await eventually(
      () => kit.database.execute("SELECT id FROM sendword.registration WHERE state = 'expired'"),
      ({ length }) => length === 60,
    )
    expect(await kit.database.execute('SELECT * FROM sendword.send_count')).toEqual([])
  })
})

describe('what an open breaker takes back', () => {
  test('is only what a push service’s verdict did, and only where it still stands', async () => {
    await begin(100)
    kit.push.answer = () => dead
    await send(devices.slice(0, 40))
    const [revived = '', taken = '', stale = ''] = devices
    // Since then one has registered anew, one has lost its address, one has long been silent.
    await kit.database.execute(
      'UPDATE sendword.device SET failed_at = NULL, failed_reason = NULL WHERE device_id = $1',
      [revived],
    )
    await kit.database.execute(
      `UPDATE sendword.device SET address = NULL, address_hash = NULL, failed_reason = 'AddressTaken' WHERE device_id = $1`,
      [taken],
    )
    await kit.database.execute(`UPDATE sendword.device SET failed_reason = 'stale' WHERE device_id = $1`, [stale])
    await send(devices.slice(40))
    expect(await failed()).toEqual([taken, stale])
    expect(eventsOf('transport.breaker-opened')).toMatchObject([{ restored: expect.any(Number) }])
  })

  test('answers a repeated confirmation again', async () => {
    await begin(100)
    await kit.confirmed('device-of-a-person', 'the-address-of-that-device')
    const token = kit.push.sends[0]?.content.data.confirmationToken
    kit.push.answer = () => dead
    await send(['device-of-a-person'])
    await expect(kit.confirm('device-of-a-person', token)).rejects.toMatchObject({ code: 'PUSH_CONFIRMATION_REFUSED' })
    await send(devices)
    await kit.confirm('device-of-a-person', token)
  })
})

describe('two workers', () => {
  test('that find dead addresses at the same time leave none deactivated', async () => {
    await begin(1_000, 2)
    kit.push.answer = () => dead
    await Promise.all([send(devices.slice(0, 500)), send(devices.slice(500))])
    expect(await failed()).toEqual([])
    expect(eventsOf('transport.breaker-opened')).toHaveLength(1)
  })
})

describe('it closes', () => {
  test('by a send that is accepted, five minutes after it opened at the soonest', async () => {
    await begin(60, 2)
    kit.push.answer = () => dead
    await send(devices)
    kit.push.answer = () => accepted
    await send(devices)
    expect(await open()).toHaveLength(1)
    clock.advance(301_000)
    await send(devices)
    expect(await open()).toEqual([])
    expect(eventsOf('transport.breaker-closed')).toEqual([
      { type: 'transport.breaker-closed', app: 'default', transport: 'fcm' },
    ])
  })

  test('not by a send that fails, which is tried once in five minutes', async () => {
    await begin(60)
    kit.push.answer = () => dead
    await send(devices)
    clock.advance(301_000)
    await send(devices.slice(0, 1))
    kit.push.answer = () => accepted
    await send(devices)
    expect(await open()).toHaveLength(1)
    expect(await failed()).toEqual([])
  })

  test('and then believes verdicts again, counting from there', async () => {
    await begin(100)
    kit.push.answer = () => dead
    await send(devices)
    await kit.database.transaction((tx) => closeBreaker(tx, { app: 'default', transport: 'fcm' }))
    await send(devices.slice(0, 49))
    expect(await failed()).toEqual(devices.slice(0, 49))
    await send(devices.slice(49))
    expect(await failed()).toEqual([])
    expect(await open()).toHaveLength(1)
  })
})
