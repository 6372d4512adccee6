// What every command works with. The one place that reads the process is run-process.ts, which makes it.
import type { Environment } from '../app/options/from-environment.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

export interface CommandContext {
  readonly terminal: Terminal
  readonly environment: Environment
  /** The working folder. */
  readonly folder: string
  readonly stop: StopSignals
  readonly clock: Clock
  readonly random: Random
  /** Everything on standard input, without the line break at its end. */
  readInput(): Promise<string>
  /** The answer of the person at the terminal; undefined when there is none to ask. */
  ask(question: string): Promise<string | undefined>
  /**
   * Calls `listener` at every SIGHUP. Not on Windows, which has none, and not on a terminal, where it says that the
   * terminal was closed and ends the process.
   */
  onHangUp(listener: () => void): void
  /** Runs `work`, which must not wait, when the process ends, in whatever way but SIGKILL. */
  atExit(work: () => void): void
}
