// One app's sends through one transport: so many at once, the others in the order they came.

export interface Lane {
  /** Runs `work` when there is room. `work` never rejects. */
  run(work: () => Promise<void>): void
}

export function createLane(width: number): Lane {
  const waiting: Array<() => Promise<void>> = []
  let running = 0

  function pump(): void {
    while (running < width) {
      const work = waiting.shift()
      if (!work) return
      running++
      void work().finally(() => {
        running--
        pump()
      })
    }
  }

  return {
    run(work) {
      waiting.push(work)
      pump()
    },
  }
}
