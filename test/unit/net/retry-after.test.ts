import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../../src/net/retry-after.ts'

const NOW = Date.UTC(1994, 10, 6, 8, 49, 7)

describe('parseRetryAfter', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['zero', '0', 0],
    ['surrounding spaces', ' 5 ', 5_000],
    ['more than a day', '100000', 86_400_000],
    ['an absurd number', '9'.repeat(400), 86_400_000],
    ['an HTTP date', 'Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['a date of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['a date of asctime', 'Sun Nov  6 08:49:37 1994', 30_000],
    ['a date gone by', 'Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['a date years ahead', 'Fri, 06 Nov 2094 08:49:37 GMT', 86_400_000],
  ])('reads %s', (_, header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected)
  })

  it.each(['-5', '1.5', '5s', 'soon', '', '1994-11-06', 'Sun, 99 Nov 1994 08:49:37 GMT'])('ignores "%s"', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined()
  })

  it('has nothing to say without a header', () => {
    expect(parseRetryAfter(undefined, NOW)).toBeUndefined()
  })
})
