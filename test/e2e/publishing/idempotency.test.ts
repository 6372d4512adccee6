// Idempotency keys: one message for one key, whatever is repeated and however many ask at once.
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CoreKit, createCoreKit } from '../../kit/core.ts'
import { manyDevices } from '../../kit/many-devices.ts'
import { query } from '../../kit/query.ts'

let kit: CoreKit
beforeEach(async () => {
  kit = await createCoreKit({ options: { workers: false } })
  await manyDevices(kit, 2)
})
afterEach(() => kit[Symbol.asyncDispose]())

const single = (text = 'hello', idempotencyKey = 'order-42') => ({
  app: 'default',
  deviceId: 'device-00000',
  content: { data: { text, other: 'x' } },
  idempotencyKey,
})
const broadcast = (text = 'hello') => ({
  app: 'default',
  audience: { everyone: true } as const,
  content: { data: { text } },
  idempotencyKey: 'order-42',
})
const rowsIn = async (table: string) => (await query(kit.url, `SELECT FROM ${table}`)).length

test('fifty requests at once, in two processes, are one message and one job', async () => {
  const other = await kit.open()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? kit.core : other).messages.submit(single())),
  )
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await rowsIn('sendword.message')).toBe(1)
  expect(await rowsIn('sendword_queue.job')).toBe(1)
})

test('a message to an audience is accepted once, also by many at once', async () => {
  const other = await kit.open()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? kit.core : other).messages.publish(broadcast())),
  )
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await rowsIn('sendword_queue.job')).toBe(1)
})

test('a repeat is answered even when the device could not be sent to any more', async () => {
  const { id } = await kit.core.messages.submit(single())
  await query(kit.url, `UPDATE sendword.device SET failed_at = now(), failed_reason = 'NotRegistered'`)
  expect(await kit.core.messages.submit(single())).toEqual({ id })
})

test('the order of keys makes no difference, but every value does', async () => {
  const { id } = await kit.core.messages.submit(single())
  const turned = { ...single(), content: { data: { other: 'x', text: 'hello' } } }
  expect(await kit.core.messages.submit(turned)).toEqual({ id })
  const conflict = { code: 'PUSH_IDEMPOTENCY_CONFLICT' }
  await expect(kit.core.messages.submit(single('bye'))).rejects.toMatchObject(conflict)
  await expect(kit.core.messages.submit({ ...single(), ttl: 60 })).rejects.toMatchObject(conflict)
  await expect(kit.core.messages.publish(broadcast())).rejects.toMatchObject(conflict)
})

test('of different requests under one key at once, one is accepted, and its neighbours are unharmed', async () => {
  const results = await Promise.allSettled([
    kit.core.messages.submit(single('one')),
    kit.core.messages.submit(single('two')),
    kit.core.messages.submit(single('three', 'another-key')),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await rowsIn('sendword.message')).toBe(2)
})

test('a key that was rolled back is free again', async () => {
  const client = new pg.Client({ connectionString: kit.url })
  await client.connect()
  await client.query('BEGIN')
  await kit.core.messages.submit(single('one'), client)
  await client.query('ROLLBACK')
  await client.end()
  const { id } = await kit.core.messages.submit(single('two'))
  expect(await kit.core.messages.submit(single('two'))).toEqual({ id })
})

test.each(['', 'x'.repeat(256), 'a\0b'])('a key that cannot be kept is refused', async (key) => {
  await expect(kit.core.messages.submit(single('hello', key))).rejects.toMatchObject({ code: 'PUSH_MESSAGE_INVALID' })
})
