import { expect, test } from 'vitest'
import { createKeepAlive } from '../../../src/delivery/keep-alive.ts'
import type { ClaimedJob } from '../../../src/queue/job.ts'
import type { Queue } from '../../../src/queue/queue.ts'
import { silentLogger } from '../../../src/util/logger.ts'
import { createManualClock } from '../../kit/manual-clock.ts'

const claimOf = (id: string): ClaimedJob => ({
  id,
  retryCount: 0,
  job: { kind: 'confirmation', app: 'default', registrationId: id, attempts: 0, unknowns: 0 },
})

function setUp(touch: (claims: readonly ClaimedJob[]) => Promise<ClaimedJob[]>) {
  const clock = createManualClock()
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (_: string, fields?: unknown) => void warnings.push(fields) }
  const queue = { touch } as unknown as Queue
  return { clock, warnings, keepAlive: createKeepAlive({ queue, clock, logger }) }
}

test('a claim is ours for as long as it is touched', async () => {
  const { clock, keepAlive } = setUp(async () => [])
  const claim = claimOf('a')
  keepAlive.add(claim)
  for (let n = 0; n < 10; n++) {
    await clock.advance(3_000)
    expect(keepAlive.isOurs(claim, clock.now())).toBe(true)
  }
  keepAlive.stop()
})

test('a claim that the database no longer finds is not ours; the others are', async () => {
  const lost = claimOf('lost')
  const kept = claimOf('kept')
  const { clock, keepAlive, warnings } = setUp(async (claims) => claims.filter((claim) => claim === lost))
  keepAlive.add(lost)
  keepAlive.add(kept)
  await clock.advance(3_000)
  expect([keepAlive.isOurs(lost, clock.now()), keepAlive.isOurs(kept, clock.now())]).toEqual([false, true])
  expect(warnings).toEqual([{ jobs: 1 }])
  keepAlive.stop()
})

test('claims are not trusted while the database is away for longer than it keeps them', async () => {
  const { clock, keepAlive } = setUp(async () => {
    throw new Error('the database is away')
  })
  const claim = claimOf('a')
  keepAlive.add(claim)
  await clock.advance(3_000)
  expect(keepAlive.isOurs(claim, clock.now())).toBe(true)
  await clock.advance(3_000)
  await clock.advance(3_000)
  expect(keepAlive.isOurs(claim, clock.now())).toBe(false)
  keepAlive.stop()
})

test('a job whose end is being written may be gone already: nobody has taken it over', async () => {
  const { clock, keepAlive, warnings } = setUp(async (claims) => [...claims])
  const claim = claimOf('a')
  keepAlive.add(claim)
  keepAlive.ending(claim)
  await clock.advance(3_000)
  expect(warnings).toEqual([])
  expect(keepAlive.size).toBe(1)
  keepAlive.stop()
})
