// Turns: when the next one comes, and when none does any more.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startTurnLoop } from '../../../src/util/turn-loop.ts'
import { createManualClock } from '../../kit/manual-clock.ts'

function setUp(answers: readonly number[]) {
  const clock = createManualClock()
  let turns = 0
  const loop = startTurnLoop({ clock, turn: async () => answers[turns++] ?? 1_000 })
  return { clock, loop, turns: () => turns }
}

test('the next turn comes at once where there may be more, and else when it is due', async () => {
  const { clock, loop, turns } = setUp([0, 0, 500])
  await setImmediate()
  expect(turns()).toBe(3)
  await clock.advance(499)
  expect(turns()).toBe(3)
  await clock.advance(1)
  expect(turns()).toBe(4)
  await loop.stop()
})

test('whoever wakes it brings the next turn, also while one is under way', async () => {
  const { loop, turns } = setUp([1_000, 1_000])
  loop.wake()
  await setImmediate()
  expect(turns()).toBe(2)
  loop.wake()
  await setImmediate()
  expect(turns()).toBe(3)
  await loop.stop()
})

test('it stops after the turn under way', async () => {
  let finish = () => {}
  let turns = 0
  let isStopping = false
  const loop = startTurnLoop({
    clock: createManualClock(),
    turn(stopping) {
      turns++
      return new Promise((resolve) => {
        finish = () => {
          isStopping = stopping.aborted
          resolve(0)
        }
      })
    },
  })
  const stopped = loop.stop()
  finish()
  await stopped
  expect([turns, isStopping]).toEqual([1, true])
})
