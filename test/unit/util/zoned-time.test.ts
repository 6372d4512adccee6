import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DailySpan, endOfSpan } from '../../../src/util/daily-span.ts'
import { changeBetween, instantOf, isTimeZone, wallTimeAt } from '../../../src/util/zoned-time.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const wall = (text: string) => Date.parse(`${text}:00Z`)

describe('the moment of a wall time', () => {
  test.each([
    ['is the one at which the clocks show it', 'Europe/Berlin', '2026-07-25T02:30', '2026-07-25T00:30:00.000Z'],
    ['that is skipped is the first one after the gap', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['that comes twice is the first one', 'Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['after a gap is the one at which they show it', 'Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    [
      'on a day that was left out is the start of the next',
      'Pacific/Apia',
      '2011-12-30T12:00',
      '2011-12-30T10:00:00.000Z',
    ],
    ['keeps offsets of half an hour', 'Asia/Kolkata', '2026-01-01T09:00', '2026-01-01T03:30:00.000Z'],
    ['keeps changes by half an hour', 'Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00.000Z'],
    ['knows midnights that do not exist', 'Africa/Cairo', '2026-04-24T00:00', '2026-04-23T22:00:00.000Z'],
  ])('%s', (_, zone, text, instant) => {
    expect(new Date(instantOf(zone, wall(text))).toISOString()).toBe(instant)
  })
})

test.each([
  ['Europe/Berlin', true],
  ['europe/berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['+02:00', false],
  ['', false],
])('whether %s is a zone', (name, isZone) => {
  expect(isTimeZone(name)).toBe(isZone)
})

/** Those that change most, by half an hour, at midnight, by a day; and all the others. */
const ODD_ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia']
const zones = fc.oneof(fc.constantFrom(...ODD_ZONES), fc.constantFrom(...Intl.supportedValuesOf('timeZone')))
const FROM = Date.UTC(2005, 0)
const TO = Date.UTC(2036, 0)
const moments = fc.integer({ min: FROM / 60_000, max: TO / 60_000 }).map((minutes) => minutes * 60_000)

interface Place {
  readonly zone: string
  /** Half of them within some hours of a change of the clocks. */
  readonly instant: number
}

const places: fc.Arbitrary<Place> = fc
  .record({ zone: zones, instant: moments, isNear: fc.boolean(), minutes: fc.integer({ min: -300, max: 300 }) })
  .map(({ zone, instant, isNear, minutes }) => {
    const change = isNear ? changeAfter(zone, instant) : undefined
    return { zone, instant: change === undefined ? instant : change + minutes * 60_000 }
  })

function changeAfter(zone: string, instant: number): number | undefined {
  for (let day = 0; day < 370; day++) {
    const change = changeBetween(zone, instant + day * DAY, instant + (day + 1) * DAY)
    if (change) return change.at
  }
  return undefined
}

test('a wall time that the clocks show is held, and the first of two is taken', () => {
  fc.assert(
    fc.property(places, ({ zone, instant }) => {
      const shown = wallTimeAt(zone, instant)
      const found = instantOf(zone, shown)
      expect(wallTimeAt(zone, found)).toBe(shown)
      expect(found).toBeLessThanOrEqual(instant)
      for (let earlier = found - 15 * 60_000; earlier >= found - 25 * HOUR; earlier -= 15 * 60_000) {
        expect(wallTimeAt(zone, earlier)).not.toBe(shown)
      }
    }),
    { numRuns: 150 },
  )
})

test('a wall time that they skip becomes the first moment after what is skipped', () => {
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 1439 }), ({ zone, instant }, minutes) => {
      const at = changeAfter(zone, instant)
      const change = at === undefined ? undefined : changeBetween(zone, at - 1000, at)
      if (!change || change.offsetAfter <= change.offsetBefore) return
      const gap = change.offsetAfter - change.offsetBefore
      const skipped = change.at + change.offsetBefore + ((minutes * 60_000) % gap)
      expect(instantOf(zone, skipped)).toBe(change.at)
    }),
    { numRuns: 60 },
  )
})

const spans: fc.Arbitrary<DailySpan> = fc
  .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1439 }))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from: from * 60_000, to: to * 60_000 }))

function isInside({ from, to }: DailySpan, zone: string, instant: number): boolean {
  const time = wallTimeAt(zone, instant) % DAY
  return from < to ? time >= from && time < to : time >= from || time < to
}

test('the end of a span is never inside it, never early, and no minute too late', () => {
  fc.assert(
    fc.property(places, spans, ({ zone, instant }, span) => {
      const end = endOfSpan(zone, span, instant)
      expect(end).toBeGreaterThanOrEqual(instant)
      expect(isInside(span, zone, end)).toBe(false)
      const step = Math.max(60_000, Math.floor((end - instant) / 40 / 60_000) * 60_000)
      for (let before = instant; before < end; before += step) expect(isInside(span, zone, before)).toBe(true)
      if (end > instant) expect(isInside(span, zone, end - 60_000)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
