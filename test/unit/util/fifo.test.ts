import { expect, test } from 'vitest'
import { createFifo } from '../../../src/util/fifo.ts'

test('gives items back in their order, one by one and many at once, through any mix of pushes', () => {
  const fifo = createFifo<number>()
  const out: number[] = []
  for (let n = 0; n < 10_000; n++) {
    fifo.push(n)
    if (n % 3 === 0) out.push(fifo.shift() as number)
    if (n % 100 === 0) out.push(...fifo.take(7))
  }
  expect(fifo.length).toBe(10_000 - out.length)
  out.push(...fifo.take(1_000_000))
  expect(out).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
  expect([fifo.length, fifo.shift(), fifo.take(3)]).toEqual([0, undefined, []])
})
