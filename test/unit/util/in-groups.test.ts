// What gathers while a group is under way, and when another one may go beside it.
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Grouped, inGroups } from '../../../src/util/in-groups.ts'

type Group = readonly Grouped<number, number>[]

/** Groups stay under way until they are ended. */
function gather(bounds: { maxGroup: number; maxRunning: number }) {
  const started: number[][] = []
  const ends: Array<() => void> = []
  const add = inGroups<number, number>(bounds, (group: Group) => {
    started.push(group.map(({ item }) => item))
    return new Promise((resolve) => {
      ends.push(() => {
        for (const { item, resolve: answer } of group) answer(item * 10)
        resolve()
      })
    })
  })
  return { add, started, end: (index: number) => ends[index]?.() }
}

it('what comes together goes together, and what comes later waits for it', async () => {
  const { add, started, end } = gather({ maxGroup: 10, maxRunning: 2 })
  const first = [add(1), add(2)]
  await setImmediate()
  const second = [add(3), add(4)]
  await setImmediate()
  expect(started).toEqual([[1, 2]])
  end(0)
  expect(await Promise.all(first)).toEqual([10, 20])
  await setImmediate()
  expect(started).toEqual([
    [1, 2],
    [3, 4],
  ])
  end(1)
  expect(await Promise.all(second)).toEqual([30, 40])
})

it('a full group goes beside the one under way, but never more than are allowed', async () => {
  const { add, started } = gather({ maxGroup: 2, maxRunning: 2 })
  void add(1)
  await setImmediate()
  for (const item of [2, 3, 4, 5]) void add(item)
  await setImmediate()
  expect(started).toEqual([[1], [2, 3]])
})
