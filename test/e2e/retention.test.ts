// What passes with time: ledger partitions made ahead, dropped whole, and the messages with them.
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { type CoreKit, confirmedDevice, createCoreKit } from '../kit/core.ts'
import { query } from '../kit/query.ts'
import { createShiftedClock } from '../kit/shifted-clock.ts'

const DAY_MS = 86_400_000
let kit: CoreKit
afterEach(() => kit[Symbol.asyncDispose]())

const partitions = async (table = 'delivery') =>
  (
    await query<{ name: string }>(
      kit.url,
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = $1::regclass ORDER BY name`,
      [`sendword.${table}`],
    )
  ).map(({ name }) => name)
const nameOf = (ms: number, table = 'delivery') =>
  `${table}_${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '_')}`

describe('the ledger', () => {
  test('has a partition for today and the days ahead before the first result is written', async () => {
    const clock = createShiftedClock()
    kit = await createCoreKit({ clock })
    const names = await partitions()
    for (const ahead of [0, 1, 7]) expect(names).toContain(nameOf(clock.now() + ahead * DAY_MS))
    await confirmedDevice(kit, 'device-0001')
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content: { data: {} } })
    await kit.core.messages.settled(id, { timeout: 20_000 })
    const [left] = await query<{ count: number }>(kit.url, 'SELECT count(*)::int FROM sendword.delivery_default')
    expect(left?.count).toBe(0)
  })

  test('is dropped day by day when its retention ends, and the messages go too', async () => {
    const clock = createShiftedClock()
    kit = await createCoreKit({ clock, options: { retention: { ledgerDays: 3 } } })
    const first = clock.now()
    await confirmedDevice(kit, 'device-0001')
    const content = { data: { a: '1' } }
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content })
    await kit.core.messages.settled(id, { timeout: 20_000 })
    clock.advance(3 * DAY_MS)
    await kit.open()
    expect(await partitions()).toContain(nameOf(first))
    clock.advance(DAY_MS)
    const later = await kit.open()
    expect(await partitions()).not.toContain(nameOf(first))
    await expect(later.messages.view('default', id)).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
    expect(await later.devices.view({ app: 'default', deviceId: 'device-0001' })).toMatchObject({
      lastMessageAt: undefined,
    })
  })

  test('takes the receipts of its days along', async () => {
    const clock = createShiftedClock()
    kit = await createCoreKit({ clock, options: { retention: { ledgerDays: 3 } } })
    const first = clock.now()
    expect(await partitions('receipt')).toContain(nameOf(first, 'receipt'))
    const device = await confirmedDevice(kit, 'device-0001')
    const after = device.lastSequence
    const content = { data: {}, receipts: true }
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content })
    const { receipt = '' } = (await device.nextMessage({ after, timeoutMs: 20_000 })).data
    await kit.core.receipts.record('default', [{ receipt, event: 'delivered' }])
    const rows = () => query(kit.url, 'SELECT tableoid::regclass::text AS at FROM sendword.receipt')
    expect(await rows()).toEqual([{ at: nameOf(first, 'receipt') }])
    clock.advance(4 * DAY_MS)
    const later = await kit.open()
    expect(await rows()).toEqual([])
    expect(await partitions('receipt')).not.toContain(nameOf(first, 'receipt'))
    await expect(later.receipts.record('default', [{ receipt, event: 'opened' }])).rejects.toMatchObject({
      code: 'PUSH_RECEIPT_REFUSED',
    })
    await expect(later.receipts.count(id)).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
  })

  test('outlasts its retention for messages that can still be sent', async () => {
    const clock = createShiftedClock()
    kit = await createCoreKit({ clock, options: { retention: { ledgerDays: 1 }, workers: false } })
    const worker = await kit.open({ options: { retention: { ledgerDays: 1 } } })
    const device = await confirmedDevice(kit, 'device-0001')
    await worker.close(5_000)
    const first = clock.now()
    const content = { data: { late: 'but there' } }
    const ttl = 20 * 86_400
    const { id } = await kit.core.messages.submit({ app: 'default', deviceId: 'device-0001', content, ttl })
    clock.advance(10 * DAY_MS)
    const late = await kit.open({ options: { retention: { ledgerDays: 1 } } })
    expect(await partitions()).toContain(nameOf(first))
    expect((await late.messages.settled(id, { timeout: 20_000 })).single?.outcome).toBe('accepted')
    expect(device.inbox.at(-1)?.data).toEqual(content.data)
  })

  test('gives results that found no partition of their day one of their own, at the next start', async () => {
    kit = await createCoreKit({ options: { workers: false } })
    const today = new Date().toISOString().slice(0, 10)
    await query(
      kit.url,
      `INSERT INTO sendword.delivery (released_on, message_id, device, outcome, attempts, finished_at)
       VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'accepted', 1, $2)`,
      [today, new Date()],
    )
    await kit.open({ options: { workers: true } })
    const [counts] = await query<{ moved: number; left: number }>(
      kit.url,
      `SELECT (SELECT count(*)::int FROM sendword.${nameOf(Date.now())}) AS moved,
              (SELECT count(*)::int FROM sendword.delivery_default) AS left`,
    )
    expect(counts).toEqual({ moved: 1, left: 0 })
  })

  test('is never dropped in the way of senders: while somebody reads it at length, it stays, and goes later', async () => {
    const clock = createShiftedClock()
    kit = await createCoreKit({ clock, options: { retention: { ledgerDays: 3 } } })
    const first = clock.now()
    await confirmedDevice(kit, 'device-0001')
    clock.advance(10 * DAY_MS)
    const reader = new pg.Client({ connectionString: kit.url })
    await reader.connect()
    try {
      await reader.query('BEGIN')
      await reader.query('SELECT count(*) FROM sendword.delivery')
      // It opens, although the read goes on; and so do sends.
      const later = await kit.open()
      const content = { data: { a: '1' } }
      const { id } = await later.messages.submit({ app: 'default', deviceId: 'device-0001', content })
      expect((await later.messages.settled(id, { timeout: 20_000 })).single?.outcome).toBe('accepted')
      expect(await partitions()).toContain(nameOf(first))
    } finally {
      await reader.end()
    }
    await kit.open()
    expect(await partitions()).not.toContain(nameOf(first))
  })
})
