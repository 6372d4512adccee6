// The demo's steps as lines: number, what was done, what came of it, and how long it took.
import { StateError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'

export interface StepResult<T> {
  readonly value: T
  readonly shown: string
}

export interface Steps {
  run<T>(title: string, work: () => Promise<StepResult<T>>): Promise<T>
  /** The line that ends them. */
  sum(): void
  fail(detail: string): never
}

const TITLE_WIDTH = 56
const TIME_WIDTH = 6

export function createSteps({ terminal, clock, stop }: CommandContext): Steps {
  const begun = clock.now()
  let number = 0
  return {
    async run(title, work) {
      stop.signal.throwIfAborted()
      const since = clock.now()
      const { value, shown } = await work()
      const time = `${clock.now() - since} ms`.padStart(TIME_WIDTH + 3)
      number++
      const line = `${number}. ${title}`.padEnd(TITLE_WIDTH)
      terminal.print(`${terminal.paint('green', '✓')} ${line}${terminal.paint('dim', time)}   ${shown}`)
      return value
    },
    sum() {
      terminal.print(`It all took ${((clock.now() - begun) / 1000).toFixed(1)} s.`)
    },
    fail(detail) {
      throw new StateError('PUSH_DEMO_FAILED', { detail })
    },
  }
}
