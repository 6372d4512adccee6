import { expect, test } from 'vitest'
import { onAbort } from '../../../src/util/on-abort.ts'

test('every listener hears of it once, in order, but those that were taken back', () => {
  const abort = new AbortController()
  const heard: number[] = []
  const takeBacks = [1, 2, 3, 4].map((n) => onAbort(abort.signal, () => heard.push(n)))
  takeBacks[1]?.()
  abort.abort()
  abort.abort()
  expect(heard).toEqual([1, 3, 4])
})

test('one that takes another back while it is told is heeded no more than the order allows', () => {
  const abort = new AbortController()
  const heard: string[] = []
  onAbort(abort.signal, () => heard.push('first'))
  const same = () => heard.push('same')
  onAbort(abort.signal, same)
  onAbort(abort.signal, same)
  abort.abort()
  expect(heard).toEqual(['first', 'same', 'same'])
})
