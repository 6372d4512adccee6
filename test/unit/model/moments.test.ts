import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterQuietHours, localMoment, localTimeBounds, momentsByZone, zoneOf } from '../../../src/model/moments.ts'
import { assertTiming, IF_PAST, type QuietHours, timeOfDay } from '../../../src/model/timing.ts'
import { wallTimeAt } from '../../../src/util/zoned-time.ts'

const DAY = 86_400_000
const at = (text: string) => Date.parse(text)
const iso = (moment: number | undefined) => moment && new Date(moment).toISOString()
const noon = at('2026-06-10T12:00:00Z')

describe('a local time', () => {
  test.each([
    ['still to come goes then', '15:00', 'next-day', 'Europe/Berlin', '2026-06-10T13:00:00.000Z'],
    ['of this very moment is not past', '14:00', 'next-day', 'Europe/Berlin', '2026-06-10T12:00:00.000Z'],
    ['that is past goes the next day', '09:00', 'next-day', 'Europe/Berlin', '2026-06-11T07:00:00.000Z'],
    ['that is past goes now', '09:00', 'now', 'Europe/Berlin', '2026-06-10T12:00:00.000Z'],
    ['that is past is left out', '09:00', 'skip', 'Europe/Berlin', undefined],
    [
      'is today’s of the zone, where that is tomorrow',
      '09:00',
      'skip',
      'Pacific/Kiritimati',
      '2026-06-10T19:00:00.000Z',
    ],
    ['may name a day', '2026-07-01T09:00', 'skip', 'America/New_York', '2026-07-01T13:00:00.000Z'],
    ['of a past day goes at the next such hour', '2026-06-01T18:00', 'next-day', 'UTC', '2026-06-10T18:00:00.000Z'],
  ] as const)('%s', (_, text, ifPast, zone, moment) => {
    expect(iso(localMoment({ at: text, ifPast }, zone, noon))).toBe(moment)
  })
})

const two = (n: number) => `${n}`.padStart(2, '0')
const times = fc.integer({ min: 0, max: 1439 }).map((n) => `${two(Math.floor(n / 60))}:${two(n % 60)}`)
const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
const instants = fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2036, 0) })
const quietHours: fc.Arbitrary<QuietHours> = fc.record({ from: times, to: times }).filter(({ from, to }) => from !== to)

function isQuiet({ from, to }: QuietHours, zone: string, moment: number): boolean {
  const time = wallTimeAt(zone, moment) % DAY
  const [begin, end] = [timeOfDay(from), timeOfDay(to)]
  return begin < end ? time >= begin && time < end : time >= begin || time < end
}

test('a moment is never before now, nor outside its bounds, and only a skipped one is none', () => {
  fc.assert(
    fc.property(times, zones, instants, fc.constantFrom(...IF_PAST), (text, zone, now, ifPast) => {
      const moment = localMoment({ at: text, ifPast }, zone, now)
      if (moment === undefined) {
        expect(ifPast).toBe('skip')
        return
      }
      const { first, last } = localTimeBounds({ at: text }, now)
      expect(moment).toBeGreaterThanOrEqual(Math.max(now, first))
      expect(moment).toBeLessThanOrEqual(last)
    }),
    { numRuns: 300 },
  )
})

test('no moment is in quiet hours, unless the message does not live until their end', () => {
  fc.assert(
    fc.property(quietHours, zones, instants, fc.option(times, { nil: undefined }), (quiet, zone, now, text) => {
      const localTime = text === undefined ? undefined : ({ at: text, ifPast: 'next-day' } as const)
      const ttl = 86_400
      const timing = { timeZone: 'UTC', ttl, quietHours: quiet, localTime }
      const moment = momentsByZone({ timing, acceptedAt: now, expiresAt: now + ttl * 1000, singleTry: false, now })(
        zone,
      )
      if (!moment) throw new Error('none is skipped')
      expect(moment.goesAt).toBeGreaterThanOrEqual(now)
      const livesOn = afterQuietHours(quiet, zone, moment.goesAt) < moment.expiresAt
      if (livesOn) expect(isQuiet(quiet, zone, moment.goesAt)).toBe(false)
    }),
    { numRuns: 300 },
  )
})

test('a zone that nobody knows is the app’s, and then UTC', () => {
  expect(zoneOf('Asia/Tokyo', 'Europe/Berlin')).toBe('Asia/Tokyo')
  expect(zoneOf('Mars/Olympus', 'Europe/Berlin')).toBe('Europe/Berlin')
  expect(zoneOf(null, 'Mars/Olympus')).toBe('UTC')
})

test.each([['9:00'], ['24:00'], ['09:60'], ['2026-02-30T09:00'], ['2026-06-11 09:00'], ['2028-06-11T09:00'], ['']])(
  'the local time %j is refused',
  (text) => {
    const refused = () => assertTiming({ localTime: { at: text } }, noon)
    expect(refused).toThrow(expect.objectContaining({ code: 'PUSH_MESSAGE_INVALID' }))
  },
)
