import { expect, test } from 'vitest'
import type { Random } from '../../../src/util/random.ts'
import { MAX_ATTEMPTS, nextTryMs } from '../../../src/webhooks/retry-schedule.ts'

const chance = (fraction: number): Random => ({ bytes: (length) => Buffer.alloc(length), fraction: () => fraction })
const waits = (fraction: number) =>
  Array.from({ length: MAX_ATTEMPTS - 1 }, (_, tries) => nextTryMs(tries + 1, chance(fraction)) ?? Number.NaN)
const HOUR_MS = 3_600_000

test('waits grow, and all tries are over within a day, whatever chance says', () => {
  for (const fraction of [0, 0.999]) {
    const all = waits(fraction)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    const sum = all.reduce((total, wait) => total + wait, 0)
    expect(sum).toBeGreaterThan(19 * HOUR_MS)
    expect(sum).toBeLessThan(24 * HOUR_MS)
  }
})

test('after the last try there is none', () => {
  expect(nextTryMs(MAX_ATTEMPTS, chance(0))).toBeUndefined()
})

test('a receiver may ask for a longer wait, up to six hours, and for no shorter one', () => {
  expect(nextTryMs(1, chance(0), 60_000)).toBe(60_000)
  expect(nextTryMs(1, chance(0), 100 * HOUR_MS)).toBe(6 * HOUR_MS)
  expect(nextTryMs(3, chance(0), 1)).toBe(120_000)
})
