// Sending inside a transaction of the caller's own: sent if it commits, and never otherwise, with every library.
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSendword, type Sendword } from '../../src/sendword/create-sendword.ts'
import type { SendOptions } from '../../src/sendword/device-directory.ts'
import { silentLogger } from '../../src/util/logger.ts'
import { type CoreKit, confirmedDevice, createCoreKit, emulatedC2dm, TEST_SECRET } from '../kit/core.ts'
import { query } from '../kit/query.ts'

type CallerTransaction = NonNullable<SendOptions['tx']>
/** Runs `work` in a transaction of one library, and rolls back when it throws. */
type Run = (work: (tx: CallerTransaction) => Promise<void>) => Promise<void>

let kit: CoreKit
let sendword: Sendword
let pool: pg.Pool
const cleanups: Array<() => Promise<void>> = []

beforeAll(async () => {
  kit = await createCoreKit()
  await confirmedDevice(kit, 'device-0001')
  sendword = await createSendword(
    { database: kit.url, secret: TEST_SECRET, workers: false, apps: { default: { c2dm: emulatedC2dm(kit.emulator) } } },
    { logger: silentLogger },
  )
  pool = new pg.Pool({ connectionString: kit.url, max: 4 })
  await query(kit.url, 'CREATE TABLE orders (id text PRIMARY KEY)')
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
  await pool.end()
  await sendword.close()
  await kit[Symbol.asyncDispose]()
})

async function onClient(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await work(client)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const libraries: Record<string, () => Run> = {
  'node-postgres': () => onClient,
  Drizzle: () => {
    const db = drizzle({ client: pool })
    return (work) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`SELECT 1`)
        await work(tx)
      })
  },
  Kysely: () => {
    const own = new pg.Pool({ connectionString: kit.url, max: 2 })
    const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: own }) })
    cleanups.push(() => db.destroy())
    return (work) => db.transaction().execute(work)
  },
  Knex: () => {
    const db = knex({ client: 'pg', connection: kit.url, pool: { min: 0, max: 2 } })
    cleanups.push(() => db.destroy())
    return (work) => db.transaction(work)
  },
  // Prisma's client is made by a generator that downloads an engine; this speaks as it does: rows as the answer,
  // values one by one, and no column of type void.
  'a client with Prisma’s $queryRawUnsafe': () => (work) =>
    onClient((client) =>
      work({
        async $queryRawUnsafe<T>(text: string, ...values: unknown[]) {
          const result = await client.query(text, values)
          const VOID = 2278
          if (result.fields.some(({ dataTypeID }) => dataTypeID === VOID)) throw new Error('a column of type void')
          return result.rows as T
        },
      }),
    ),
}

describe.each(Object.keys(libraries))('in a transaction of %s', (library) => {
  let run: Run
  beforeAll(() => {
    run = (libraries[library] as () => Run)()
  })

  test('a message is sent when it commits', async () => {
    const device = await sendword.devices.get('device-0001')
    let message: Awaited<ReturnType<typeof device.sendMessage>> | undefined
    await run(async (tx) => {
      message = await device.sendMessage({ library }, { tx, collapseKey: 'tx' })
    })
    expect(await message?.settled({ timeout: 20_000 })).toMatchObject({ outcome: 'accepted' })
  })

  test('a message is never sent when it rolls back, and is unknown afterwards', async () => {
    const device = await sendword.devices.get('device-0001')
    let message: Awaited<ReturnType<typeof device.sendMessage>> | undefined
    const sent = kit.emulator.requests.count('c2dm')
    await expect(
      run(async (tx) => {
        message = await device.sendMessage({ library }, { tx })
        throw new Error('the order failed')
      }),
    ).rejects.toThrow('the order failed')
    await expect(message?.settled({ timeout: 20_000 })).rejects.toMatchObject({ code: 'PUSH_MESSAGE_UNKNOWN' })
    const witness = await device.sendMessage({ witness: library })
    await witness.settled({ timeout: 20_000 })
    expect(kit.emulator.requests.count('c2dm')).toBe(sent + 1)
  })

  test('an unknown device is refused, and the transaction can go on', async () => {
    const device = await sendword.devices.get('device-0001')
    await run(async (tx) => {
      await expect(device.sendMessage({ text: 'x'.repeat(2000) }, { tx })).rejects.toMatchObject({
        code: 'PUSH_MESSAGE_TOO_BIG',
      })
      await device.sendMessage({ fine: 'yes' }, { tx })
    })
  })
})

describe('what is given as a transaction', () => {
  test('must be one of a known library', async () => {
    const device = await sendword.devices.get('device-0001')
    for (const tx of [{}, { query: 'no function' }, 42]) {
      await expect(device.sendMessage({ a: '1' }, { tx: tx as never })).rejects.toMatchObject({
        code: 'PUSH_TRANSACTION_FOREIGN',
      })
    }
  })

  test('must be on Sendword’s database', async () => {
    const device = await sendword.devices.get('device-0001')
    const elsewhere = new URL(kit.url)
    elsewhere.pathname = '/postgres'
    const client = new pg.Client({ connectionString: elsewhere.href })
    await client.connect()
    try {
      await expect(device.sendMessage({ a: '1' }, { tx: client })).rejects.toMatchObject({
        code: 'PUSH_TRANSACTION_FOREIGN',
      })
    } finally {
      await client.end()
    }
  })
})
