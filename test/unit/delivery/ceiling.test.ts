import { expect, test } from 'vitest'
import { type Ceiling, createCeiling, type Lowering, type Sign } from '../../../src/delivery/ceiling.ts'

/** A push service that answers in rounds: all that may be in flight, then all of its answers at once. */
function rounds(ceiling: Ceiling) {
  let now = 0
  return (count: number, { sign = 'answered', ms = 50 }: { sign?: Sign; ms?: number } = {}) => {
    const lowered: Lowering[] = []
    for (let round = 0; round < count; round++) {
      const startedAt = now + 1
      now = startedAt + ms
      const inFlight = ceiling.width
      for (let n = 0; n < inFlight; n++) {
        const why = ceiling.note({ sign, startedAt, now, inFlight: inFlight })
        if (why) lowered.push(why)
      }
    }
    return lowered
  }
}

/** One that has grown to all that the transport allows. */
function grown(max: number) {
  const ceiling = createCeiling(max)
  const run = rounds(ceiling)
  run(60)
  return { ceiling, run }
}

test('it begins with a hundred, and each round trip that goes well adds a fiftieth, up to the whole', () => {
  const ceiling = createCeiling(500)
  const run = rounds(ceiling)
  expect(ceiling.width).toBe(100)
  run(1)
  expect(ceiling.width).toBeGreaterThanOrEqual(109)
  expect(ceiling.width).toBeLessThanOrEqual(110)
  expect(run(60)).toEqual([])
  expect(ceiling.width).toBe(500)
  expect(createCeiling(64).width).toBe(64)
})

test('it does not grow while answers take half as long again as in calm times, and goes on when they do not', () => {
  const ceiling = createCeiling(500)
  const run = rounds(ceiling)
  run(2)
  // One round trip is needed to see it.
  run(2, { ms: 80 })
  const { width } = ceiling
  run(10, { ms: 80 })
  expect(ceiling.width).toBe(width)
  run(20)
  expect(ceiling.width).toBeGreaterThan(width + 100)
})

test('a burst of refusals halves it once, and the next burst again, down to a twentieth', () => {
  const { ceiling, run } = grown(500)
  expect(run(1, { sign: 'overloaded' })).toEqual(['overloaded'])
  expect(ceiling.width).toBe(250)
  expect(run(1, { sign: 'lost' })).toEqual(['lost'])
  expect(ceiling.width).toBe(125)
  run(20, { sign: 'lost' })
  expect(ceiling.width).toBe(25)
})

test('nothing is added while what is allowed is not used', () => {
  const ceiling = createCeiling(100)
  rounds(ceiling)(1, { sign: 'overloaded' })
  for (let n = 0; n < 1000; n++) ceiling.note({ sign: 'answered', startedAt: 10_000, now: 10_050, inFlight: 1 })
  expect(ceiling.width).toBe(50)
})

test('answers that take far longer than in calm times lower it; somewhat longer ones do not', () => {
  const ceiling = createCeiling(200)
  const run = rounds(ceiling)
  expect(run(60, { ms: 300 })).toEqual([])
  expect(run(10, { ms: 1_100 })).toEqual([])
  expect(ceiling.width).toBe(200)
  expect(run(1, { ms: 2_000 })).toEqual(['slow'])
  expect(ceiling.width).toBe(100)
})

test('a push service that is always slow is not lowered for it', () => {
  const ceiling = createCeiling(200)
  expect(rounds(ceiling)(50, { ms: 3_000 })).toEqual([])
})

test('fast answers that become three times as slow are no sign of load, while they are below a second', () => {
  const ceiling = createCeiling(200)
  const run = rounds(ceiling)
  run(10, { ms: 10 })
  expect(run(50, { ms: 900 })).toEqual([])
})

test('one that allows a single send never goes below it', () => {
  const ceiling = createCeiling(1)
  expect(rounds(ceiling)(3, { sign: 'lost' })).toEqual([])
  expect(ceiling.width).toBe(1)
})
