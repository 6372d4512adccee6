// Times as they are typed.
import { expect, test } from 'vitest'
import { readTime } from '../../../src/cli/read-time.ts'

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
])('%s is a time', (text, iso) => {
  expect(readTime(text)?.toISOString()).toBe(iso)
})

test.each(['', 'yesterday', '31.1.2026', '2026-02-30', '2026-02-30T12:00:00Z', '2026-13-01', '2026-01-31T25:00:00Z'])(
  '«%s» is none',
  (text) => expect(readTime(text)).toBeUndefined(),
)
