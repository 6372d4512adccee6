// When messages go: at a moment, at a local time, outside quiet hours; through the emulator and a real PostgreSQL.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageTiming } from '../../../src/model/timing.ts'
import { type CoreKit, confirmedDevice, createCoreKit } from '../../kit/core.ts'
import { eventually, query } from '../../kit/query.ts'
import { createShiftedClock } from '../../kit/shifted-clock.ts'

const HOUR = 3_600_000
const app = 'default'
const clock = createShiftedClock()
/** It is ten in the morning, UTC: nothing here comes near another day. */
clock.advance(Date.parse(`${new Date(clock.now() + 24 * HOUR).toISOString().slice(0, 10)}T10:00:00Z`) - clock.now())

let kit: CoreKit
beforeAll(async () => {
  kit = await createCoreKit({ clock, app: { quietHours: { from: '22:00', to: '08:00' } } })
})
afterAll(() => kit[Symbol.asyncDispose]())

async function deviceIn(deviceId: string, timeZone: string) {
  const device = await confirmedDevice(kit, deviceId)
  await query(kit.url, 'UPDATE sendword.device SET time_zone = $2 WHERE device_id = $1', [deviceId, timeZone])
  return device
}

const submit = async (deviceId: string, timing: MessageTiming, ttl?: number) =>
  (await kit.core.messages.submit({ app, deviceId, content: { data: { n: deviceId } }, timing, ttl })).id
const publish = async (devices: string[], timing: MessageTiming) =>
  (await kit.core.messages.publish({ app, audience: { devices }, content: { data: { n: '1' } }, timing })).id
const view = (id: string) => kit.core.messages.view(app, id)

/** As if the moment had come on the database's clock too. */
const letJobsBeDue = (id: string) =>
  query(kit.url, `UPDATE sendword_queue.job SET start_after = now() WHERE data->>'messageId' = $1`, [id])

const jobsOf = (id: string) =>
  query<{ data: { dueAt?: number; expiresAt?: number; devices: string[] } }>(
    kit.url,
    `SELECT data FROM sendword_queue.job WHERE name = 'delivery' AND data->>'messageId' = $1 ORDER BY data->'dueAt'`,
    [id],
  )

describe('at a moment', () => {
  test('a message waits in its row, and its life begins when it goes', async () => {
    await deviceIn('scheduled-one', 'UTC')
    const sendAt = new Date(clock.now() + HOUR)
    const id = await submit('scheduled-one', { sendAt }, 60)
    expect(await view(id)).toMatchObject({ state: 'scheduled', sendAt, expiresAt: new Date(sendAt.getTime() + 60_000) })
    expect(await jobsOf(id)).toEqual([])
    const settled = kit.core.messages.settled(id)
    clock.advance(HOUR + 1_000)
    expect((await settled).single?.outcome).toBe('accepted')
    expect(await view(id)).toMatchObject({ state: 'settled', sendAt })
  })

  test('an audience is looked for then', async () => {
    await deviceIn('scheduled-many', 'UTC')
    const id = await publish(['scheduled-many'], { sendAt: new Date(clock.now() + HOUR) })
    expect((await view(id)).state).toBe('scheduled')
    clock.advance(HOUR + 1_000)
    expect((await kit.core.messages.settled(id)).counts).toMatchObject({ accepted: 1 })
  })

  test('one that is cancelled before never goes', async () => {
    await deviceIn('scheduled-none', 'UTC')
    const sendAt = new Date(clock.now() + HOUR)
    const ids = [await submit('scheduled-none', { sendAt }), await publish(['scheduled-none'], { sendAt })] as const
    for (const id of ids) await kit.core.messages.cancel(app, id)
    const [one, many] = await Promise.all(ids.map((id) => kit.core.messages.settled(id)))
    expect(one?.single).toMatchObject({ outcome: 'cancelled', reason: 'Cancelled' })
    expect(many).toMatchObject({ audienceSize: 0, counts: { accepted: 0, cancelled: 0 } })
    clock.advance(HOUR + 1_000)
    const waiting = await query(kit.url, 'SELECT FROM sendword.message WHERE is_waiting')
    expect(waiting).toEqual([])
  })

  test('a past one means now, and one too far is refused', async () => {
    await deviceIn('scheduled-past', 'UTC')
    const id = await submit('scheduled-past', { sendAt: new Date(clock.now() - HOUR) })
    expect((await kit.core.messages.settled(id)).single?.outcome).toBe('accepted')
    const far = submit('scheduled-past', { sendAt: new Date(clock.now() + 400 * 24 * HOUR) })
    await expect(far).rejects.toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
    const both = submit('scheduled-past', { sendAt: new Date(), localTime: { at: '09:00' } })
    await expect(both).rejects.toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
  })
})

describe('at a local time', () => {
  const timeIn = (ms: number) => new Date(clock.now() + ms).toISOString().slice(11, 16)

  test('one device gets it by its own clock', async () => {
    await deviceIn('local-one', 'Etc/GMT-3')
    const id = await submit('local-one', { localTime: { at: timeIn(5 * HOUR) } })
    const { sendAt, state } = await view(id)
    expect(state).toBe('scheduled')
    expect(sendAt?.getTime()).toBe(Math.floor((clock.now() + 2 * HOUR) / 60_000) * 60_000)
    await kit.core.messages.cancel(app, id)
  })

  test('each zone of an audience has a moment and an expiry of its own', async () => {
    await deviceIn('local-utc', 'UTC')
    await deviceIn('local-west', 'Etc/GMT+1')
    await deviceIn('local-east', 'Etc/GMT-5')
    const minute = Math.floor(clock.now() / 60_000) * 60_000
    const localTime = { at: timeIn(2 * HOUR), ifPast: 'skip' } as const
    const id = await publish(['local-utc', 'local-west', 'local-east'], { localTime })
    await eventually(
      () => view(id),
      ({ state }) => state === 'pending',
    )
    const jobs = (await jobsOf(id)).map(({ data }) => [data.dueAt, data.expiresAt, data.devices.length])
    const day = 24 * HOUR
    expect(jobs).toEqual([
      [minute + 2 * HOUR, minute + 2 * HOUR + day, 1],
      [minute + 3 * HOUR, minute + 3 * HOUR + day, 1],
    ])
    expect(await view(id)).toMatchObject({ audienceSize: 2, skipped: 1, localTime })

    // Too early by our clock, they are put back; then they go.
    await letJobsBeDue(id)
    clock.advance(2 * HOUR)
    await eventually(
      () => view(id),
      ({ counts }) => counts.accepted === 1,
    )
    expect(await jobsOf(id)).toHaveLength(1)
    clock.advance(HOUR)
    await letJobsBeDue(id)
    expect((await kit.core.messages.settled(id)).counts.accepted).toBe(2)
    const [figures] = await query(kit.url, 'SELECT open_slices, delayed_slices FROM sendword.message WHERE id = $1', [
      id,
    ])
    expect(figures).toEqual({ open_slices: 0, delayed_slices: 0 })
  })

  test('cancelling ends those that wait, at once', async () => {
    await deviceIn('local-cancelled', 'UTC')
    const id = await publish(['local-cancelled'], { localTime: { at: timeIn(HOUR) } })
    await eventually(
      () => view(id),
      ({ state }) => state === 'pending',
    )
    await kit.core.messages.cancel(app, id)
    expect((await kit.core.messages.settled(id)).counts).toMatchObject({ accepted: 0, cancelled: 1 })
  })

  test('one device whose time is past is left out where that is asked for', async () => {
    await deviceIn('local-past', 'UTC')
    const id = await submit('local-past', { localTime: { at: timeIn(-HOUR), ifPast: 'skip' } })
    const { single } = await kit.core.messages.settled(id)
    expect(single).toMatchObject({ outcome: 'cancelled', reason: 'LocalTimePast' })
  })
})

describe('in quiet hours', () => {
  /** A zone in which it is this hour, and a little later. */
  const zoneAt = (hour: number) => {
    const behind = new Date(clock.now()).getUTCHours() - hour
    return behind < -14 ? `Etc/GMT+${25 + behind - 1}` : `Etc/GMT${behind < 0 ? '' : '+'}${behind}`
  }
  const asleep = () => zoneAt(23)

  test('a message waits for their end, unless it ignores them', async () => {
    await deviceIn('quiet-waits', asleep())
    const urgent = await submit('quiet-waits', { ignoreQuietHours: true })
    expect((await kit.core.messages.settled(urgent)).single?.outcome).toBe('accepted')
    const single = await submit('quiet-waits', {})
    const many = await publish(['quiet-waits'], {})
    for (const id of [single, many]) {
      const [job] = await eventually(
        () => jobsOf(id),
        ([first]) => first?.data.dueAt !== undefined,
      )
      const wait = (job?.data.dueAt ?? 0) - clock.now()
      expect(wait).toBeGreaterThan(8 * HOUR - 60_000)
      expect(wait).toBeLessThanOrEqual(9 * HOUR)
    }
    clock.advance(9 * HOUR)
    for (const id of [single, many]) {
      await letJobsBeDue(id)
      expect((await kit.core.messages.settled(id)).counts.accepted).toBe(1)
    }
  })

  test('one that does not live so long expires', async () => {
    await deviceIn('quiet-expires', asleep())
    const id = await submit('quiet-expires', {}, 3600)
    const { single } = await kit.core.messages.settled(id)
    expect(single).toMatchObject({ outcome: 'expired', reason: 'QuietHours' })
  })

  test('a send that must be repeated waits for their end, too', async () => {
    const device = await deviceIn('quiet-retry', zoneAt(20))
    const { registrationId } = device
    const fault = kit.emulator.faults.add({ service: 'c2dm', registrationId, effect: { kind: 'reset' } })
    const id = await submit('quiet-retry', {})
    await eventually(
      async () => fault.struck,
      (struck) => struck > 0,
    )
    clock.advance(3 * HOUR)
    const [job] = await eventually(
      () => jobsOf(id),
      ([first]) => first?.data.dueAt !== undefined,
    )
    const { struck } = fault
    kit.emulator.faults.remove(fault.id)
    expect(job?.data.dueAt).toBeGreaterThan(clock.now() + 8 * HOUR)
    clock.advance(9 * HOUR)
    await letJobsBeDue(id)
    expect((await kit.core.messages.settled(id)).single).toMatchObject({ outcome: 'accepted', attempts: struck + 1 })
  })
})

describe('a request that is repeated', () => {
  test('is the same only when it is for the same time', async () => {
    await deviceIn('with-a-key', 'UTC')
    const request = (timing: MessageTiming) => ({
      ...{ app, deviceId: 'with-a-key', content: { data: { a: 'b' } }, timing, idempotencyKey: 'order-42' },
    })
    const sendAt = new Date(clock.now() + HOUR)
    const { id } = await kit.core.messages.submit(request({ sendAt }))
    expect(await kit.core.messages.submit(request({ sendAt: new Date(sendAt) }))).toEqual({ id })
    for (const other of [{ sendAt: new Date(sendAt.getTime() + 1) }, { localTime: { at: '09:00' } }, {}]) {
      const refused = kit.core.messages.submit(request(other))
      await expect(refused).rejects.toMatchObject({ code: 'PUSH_IDEMPOTENCY_CONFLICT' })
    }
    await kit.core.messages.cancel(app, id)
  })
})

test('in a transaction of the caller’s own, a message waits if that commits', async () => {
  await deviceIn('in-a-transaction', 'UTC')
  const client = new pg.Client({ connectionString: kit.url })
  await client.connect()
  try {
    const asked = { app, deviceId: 'in-a-transaction', content: { data: { a: 'b' } } }
    const timing = { sendAt: new Date(clock.now() + HOUR) }
    await client.query('BEGIN')
    const lost = await kit.core.messages.submit({ ...asked, timing }, client)
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    const kept = await kit.core.messages.submit({ ...asked, timing }, client)
    await client.query('COMMIT')
    await expect(view(lost.id)).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
    expect(await view(kept.id)).toMatchObject({ state: 'scheduled' })
  } finally {
    await client.end()
  }
})
