import { expect, test } from 'vitest'
import { systemClock } from '../../../src/util/clock.ts'
import { isUuid, uuidv7 } from '../../../src/util/ids.ts'
import { systemRandom } from '../../../src/util/random.ts'

test('a UUIDv7 holds its time, version 7 and variant 10', () => {
  const at = Date.UTC(2026, 10, 24)
  const id = uuidv7({ ...systemClock, now: () => at }, systemRandom)
  expect(isUuid(id)).toBe(true)
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at)
  expect(id[14]).toBe('7')
  expect(id[19]).toMatch(/[89ab]/)
})

test('ids sort by the time they were made', () => {
  const ids = [1, 2, 3].map((n) => uuidv7({ ...systemClock, now: () => 1_700_000_000_000 + n }, systemRandom))
  expect(ids.toSorted()).toEqual(ids)
})
