import { expect, test } from 'vitest'
import { createSendTally } from '../../../src/delivery/send-tally.ts'
import { createManualClock } from '../../kit/manual-clock.ts'

const fcm = { app: 'default', name: 'fcm' } as const
const c2dm = { app: 'default', name: 'c2dm' } as const
const START = 1_700_000_040_000

function newTally(isWatched = () => false) {
  const clock = createManualClock(START)
  return { clock, tally: createSendTally({ clock, isWatched }) }
}
const total = (counts: ReadonlyArray<{ sends: number; dead: number }>) => ({
  sends: counts.reduce((sum, { sends }) => sum + sends, 0),
  dead: counts.reduce((sum, { dead }) => sum + dead, 0),
})

test('while no address is dead there is nothing to write', () => {
  const { tally, clock } = newTally()
  for (let n = 0; n < 1_000; n++) tally.add(fcm, false, clock.now())
  expect(tally.unwritten([])).toEqual([])
})

test('a dead address brings the good sends of the last minutes with it, by the minute, and no other transport’s', async () => {
  const { tally, clock } = newTally()
  tally.add(fcm, false, clock.now())
  tally.add(c2dm, false, clock.now())
  await clock.advance(60_000)
  tally.add(fcm, true, clock.now())
  const place = { app: 'default', transport: 'fcm' }
  expect(tally.unwritten([fcm])).toEqual([
    { ...place, minute: new Date(START), sends: 1, dead: 0 },
    { ...place, minute: new Date(START + 60_000), sends: 1, dead: 1 },
  ])
})

test('what was written is not written again, and what was not committed is', () => {
  const { tally, clock } = newTally()
  tally.add(fcm, true, clock.now())
  const first = tally.unwritten([fcm])
  tally.add(fcm, false, clock.now())
  expect(total(tally.unwritten([fcm]))).toEqual({ sends: 2, dead: 1 })
  tally.written(first)
  expect(total(tally.unwritten([fcm]))).toEqual({ sends: 1, dead: 0 })
})

test('sends from before the window are forgotten', async () => {
  const { tally, clock } = newTally()
  tally.add(fcm, false, clock.now())
  await clock.advance(6 * 60_000)
  tally.add(fcm, true, clock.now())
  expect(total(tally.unwritten([fcm]))).toEqual({ sends: 1, dead: 1 })
})

test('where another process found dead addresses, good sends are written once a second', async () => {
  const { tally, clock } = newTally(() => true)
  tally.add(fcm, false, clock.now())
  const first = tally.unwritten([])
  expect(total(first).sends).toBe(1)
  tally.written(first)
  tally.add(fcm, false, clock.now())
  expect(tally.unwritten([])).toEqual([])
  await clock.advance(1_000)
  expect(total(tally.unwritten([])).sends).toBe(1)
})
