import { expect, test } from 'vitest'
import { createRampUp, type RampUp } from '../../../src/delivery/ramp-up.ts'

const NOW = 1_700_000_000_000

/** Sends of what can wait that go in each second, by a process that could send `perSecond`. */
function sentBySecond(rampUp: RampUp, { from = NOW, seconds, perSecond }: Record<string, number>): number[] {
  const counts: number[] = []
  for (let second = 0; second < (seconds ?? 0); second++) {
    let sent = 0
    for (let ms = 0; ms < 1000; ms += 10) {
      const now = from + second * 1000 + ms
      for (let n = 0; n < (perSecond ?? 0) / 100 && rampUp.waitMs(now) === 0; n++) {
        rampUp.count(now)
        sent++
      }
    }
    counts.push(sent)
  }
  return counts
}

test('after a pause a thousand go in the first second, ten thousand in the last, and then all that can', () => {
  const counts = sentBySecond(createRampUp(60_000), { seconds: 63, perSecond: 20_000 })
  expect(counts[0]).toBeGreaterThanOrEqual(1_000)
  expect(counts[0]).toBeLessThan(1_200)
  expect(counts[30]).toBeGreaterThan(5_400)
  expect(counts[30]).toBeLessThan(5_800)
  expect(counts[59]).toBeLessThanOrEqual(10_000)
  expect(counts[62]).toBe(20_000)
})

test('what waits is told until when, and a tenth of a second is never exceeded', () => {
  const rampUp = createRampUp(60_000)
  for (let n = 0; n < 100; n++) {
    expect(rampUp.waitMs(NOW + 30)).toBe(0)
    rampUp.count(NOW + 30)
  }
  expect(rampUp.waitMs(NOW + 30)).toBe(70)
  expect(rampUp.waitMs(NOW + 100)).toBe(0)
})

test('what is urgent counts without being asked', () => {
  const rampUp = createRampUp(60_000)
  for (let n = 0; n < 150; n++) rampUp.count(NOW)
  expect(rampUp.waitMs(NOW)).toBe(100)
})

test('a pause as long as the ramp begins it anew; a short one costs its own length', () => {
  const rampUp = createRampUp(10_000)
  sentBySecond(rampUp, { seconds: 11, perSecond: 20_000 })
  const [after] = sentBySecond(rampUp, { from: NOW + 16_000, seconds: 1, perSecond: 20_000 })
  expect(after).toBeGreaterThan(5_000)
  expect(after).toBeLessThan(7_000)
  const [anew] = sentBySecond(rampUp, { from: NOW + 30_000, seconds: 1, perSecond: 20_000 })
  expect(anew).toBeLessThan(2_000)
})

test('a trickle is no climb: the rate stays within reach of what was sent', () => {
  const rampUp = createRampUp(10_000)
  sentBySecond(rampUp, { seconds: 60, perSecond: 100 })
  const [burst] = sentBySecond(rampUp, { from: NOW + 60_000, seconds: 1, perSecond: 20_000 })
  expect(burst).toBeLessThan(2_000)
})

test('without a ramp nothing ever waits', () => {
  expect(sentBySecond(createRampUp(0), { seconds: 1, perSecond: 50_000 })).toEqual([50_000])
})

test('a clock that is set back stops nothing', () => {
  const rampUp = createRampUp(60_000)
  sentBySecond(rampUp, { seconds: 1, perSecond: 20_000 })
  const [back] = sentBySecond(rampUp, { from: NOW - 3_600_000, seconds: 1, perSecond: 20_000 })
  expect(back).toBeGreaterThanOrEqual(1_000)
})
