import { expect, test } from 'vitest'
import { backoffMs } from '../../../src/util/backoff.ts'
import { fixedRandom } from '../../kit/fixed-random.ts'

const policy = { baseMs: 10, capMs: 1000 }

test('doubles from the base to the cap, and does not overflow', () => {
  const waits = [0, 1, 2, 7, 1_000_000].map((repeats) => backoffMs({ policy, repeats }, fixedRandom()))
  expect(waits).toEqual([10, 20, 40, 1000, 1000])
})

test('a wait that was asked for is only lengthened', () => {
  expect(backoffMs({ policy, repeats: 0, retryAfterMs: 5000 }, fixedRandom())).toBe(5000)
  expect(backoffMs({ policy, repeats: 0, retryAfterMs: 5000 }, fixedRandom(0.5))).toBe(6250)
})
