// Work that costs much once and little for each: what is asked for while earlier groups are under way makes up the next.
// Nobody waits for a timer.
import { createFifo } from './fifo.ts'

export interface Grouped<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

export interface GroupBounds {
  /** Items that go together. */
  readonly maxGroup: number
  /** Groups under way at once; another one starts beside those only when it is full. */
  readonly maxRunning: number
}

/** @param run Settles every item of its group, and never rejects. */
export function inGroups<Item, Result>(
  { maxGroup, maxRunning }: GroupBounds,
  run: (group: readonly Grouped<Item, Result>[]) => Promise<void>,
): (item: Item) => Promise<Result> {
  const waiting = createFifo<Grouped<Item, Result>>()
  let running = 0

  function pump(): void {
    while (running < maxRunning && waiting.length >= (running === 0 ? 1 : maxGroup)) {
      running++
      void run(waiting.take(maxGroup)).finally(() => {
        running--
        pump()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      // After this turn of the event loop, so that what came together goes together.
      if (waiting.length === 1 || waiting.length === maxGroup) setImmediate(pump)
    })
}
