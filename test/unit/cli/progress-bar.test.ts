import { expect, test } from 'vitest'
import { progressBar } from '../../../src/cli/progress-bar.ts'

test('shows the share, the numbers and the rate', () => {
  expect(progressBar({ done: 500_000, total: 2_000_000, elapsedMs: 20_000 })).toBe(
    '[######------------------]  25 %  500,000 of 2,000,000  25,000/s',
  )
})

test('nothing to do is done', () => {
  expect(progressBar({ done: 0, total: 0, elapsedMs: 0 })).toBe('[########################] 100 %  0 of 0  0/s')
})

test('more than was expected is all of it', () => {
  expect(progressBar({ done: 12, total: 10, elapsedMs: 1_000 })).toContain('100 %  12 of 10')
})
