// The holds as one process knows them, on a real database.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/open-database.ts'
import type { Database } from '../../../src/database/tx.ts'
import { createHoldBoard } from '../../../src/delivery/hold-board.ts'
import { PROBE_INTERVAL_MS } from '../../../src/delivery/retry-policy.ts'
import type { SendwordEvent } from '../../../src/model/event.ts'
import type { Transport } from '../../../src/model/transport.ts'
import { openQueue, type Queue } from '../../../src/queue/queue.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createTestDatabase, type TestDatabase } from '../../kit/postgres.ts'
import { createShiftedClock, type ShiftedClock } from '../../kit/shifted-clock.ts'

let own: TestDatabase
let database: Database
let queue: Queue
let clock: ShiftedClock
let events: SendwordEvent[]

beforeEach(async () => {
  own = await createTestDatabase()
  clock = createShiftedClock()
  database = await openDatabase({ database: own.url, logger: silentLogger, clock })
  queue = await openQueue({ database, logger: silentLogger, supervise: false })
  events = []
})
afterEach(async () => {
  await queue.close()
  await database.close()
  await own.dispose()
})

const newBoard = () =>
  createHoldBoard({ database, queue, clock, logger: silentLogger, raise: (event) => events.push(event) })
const c2dm = (credentialFingerprint: string) => ({ name: 'c2dm', credentialFingerprint }) as Transport

describe('a pause for a refused credential', () => {
  const refused = { kind: 'unauthorized', reason: 'refused', probe: true } as const

  test('lets one send of all processes probe, every five minutes', async () => {
    const boards = [newBoard(), newBoard(), newBoard()]
    await boards[0]?.hold('default', c2dm('one'), refused, PROBE_INTERVAL_MS)
    const askAll = async () => {
      await Promise.all(boards.map((board) => board.refresh()))
      return await Promise.all(boards.map((board) => board.ask('default', c2dm('one'), clock.now())))
    }
    expect((await askAll()).map(({ probing }) => probing)).toEqual([false, false, false])
    for (let round = 0; round < 2; round++) {
      clock.advance(PROBE_INTERVAL_MS + 1)
      const leases = await askAll()
      expect(leases.filter(({ probing }) => probing)).toHaveLength(1)
      expect(leases.filter(({ heldUntil }) => heldUntil !== undefined)).toHaveLength(2)
    }
    await boards[1]?.resume('default', 'c2dm')
    expect((await askAll()).every(({ heldUntil, probing }) => heldUntil === undefined && !probing)).toBe(true)
    expect(events.map(({ type }) => type)).toEqual(['transport.paused', 'transport.resumed'])
  })

  test('never lets a send try a refused password again', async () => {
    const board = newBoard()
    await board.hold('default', c2dm('one'), { ...refused, probe: false }, PROBE_INTERVAL_MS)
    clock.advance(PROBE_INTERVAL_MS * 10)
    await board.refresh()
    const lease = await board.ask('default', c2dm('one'), clock.now())
    expect(lease.probing).toBe(false)
    // What waits for it is let go when it is mended; till then nobody need look often.
    expect(lease.heldUntil).toBeGreaterThan(clock.now() + PROBE_INTERVAL_MS - 60_000)
  })

  test('does not hold a process that has another credential', async () => {
    const [old, renewed] = [newBoard(), newBoard()]
    await old.hold('default', c2dm('one'), refused, PROBE_INTERVAL_MS)
    await renewed.refresh()
    expect((await renewed.ask('default', c2dm('two'), clock.now())).heldUntil).toBeUndefined()
    expect((await renewed.ask('default', c2dm('one'), clock.now())).heldUntil).toBeDefined()
  })

  test('ends when the credential is another, and not when it is the same', async () => {
    const board = newBoard()
    await board.hold('default', c2dm('one'), { ...refused, probe: false }, PROBE_INTERVAL_MS)
    await board.resumeIfChanged('default', c2dm('one'))
    await board.refresh()
    expect((await board.ask('default', c2dm('one'), clock.now())).heldUntil).toBeDefined()
    await board.resumeIfChanged('default', c2dm('two'))
    await board.refresh()
    expect((await board.ask('default', c2dm('one'), clock.now())).heldUntil).toBeUndefined()
  })
})

describe('a hold that the push service asked for', () => {
  test('is never shortened, holds every process, one app only, and ends by itself', async () => {
    const [mine, other] = [newBoard(), newBoard()]
    const quota = { kind: 'deferred', reason: 'QuotaExceeded', probe: false } as const
    await mine.hold('default', c2dm('one'), quota, 60_000)
    await other.hold('default', c2dm('one'), quota, 1_000)
    await other.refresh()
    expect((await other.ask('default', c2dm('one'), clock.now())).heldUntil).toBeGreaterThan(clock.now() + 50_000)
    expect((await other.ask('another-app', c2dm('one'), clock.now())).heldUntil).toBeUndefined()
    clock.advance(61_000)
    await other.refresh()
    expect((await other.ask('default', c2dm('one'), clock.now())).heldUntil).toBeUndefined()
  })
})
