// The process around a command: its arguments, environment and signals come in here, and its exit code goes out.
import { text } from 'node:stream/consumers'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { askOnTerminal } from './ask.ts'
import type { CommandContext } from './command-context.ts'
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportFailure } from './report-failure.ts'
import { listenForStop } from './stop-signals.ts'
import { createTerminal } from './terminal.ts'

const NPM_ECHO_MS = 150

export async function runProcess(): Promise<void> {
  const { env } = process
  const terminal = createTerminal(process.stdout, process.stderr)
  const report = (error: unknown) => reportFailure(error, { terminal, debug: Boolean(env.SENDWORD_DEBUG) })
  const failAtOnce = (error: unknown) => {
    report(error)
    process.exit(EXIT_CODES.failed.code)
  }
  process.on('uncaughtException', failAtOnce)
  process.on('unhandledRejection', failAtOnce)
  const context: CommandContext = {
    terminal,
    environment: env,
    folder: process.cwd(),
    stop: listenForStop({
      process,
      exit: (code) => process.exit(code),
      now: () => performance.now(),
      echoMs: env.npm_lifecycle_event === undefined ? 0 : NPM_ECHO_MS,
    }),
    clock: systemClock,
    random: systemRandom,
    readInput: async () => (await text(process.stdin)).replace(/\r?\n$/, ''),
    ask: (question) => askOnTerminal(question, process.stdin, process.stderr),
    onHangUp(listener) {
      if (process.platform === 'win32' || terminal.isInteractive || terminal.showsNotes) return
      process.on('SIGHUP', listener)
    },
    atExit: (work) => void process.on('exit', work),
  }
  const exitCode = await run(context, process.argv.slice(2), report)
  await terminal.flush()
  process.exit(exitCode)
}

async function run(
  context: CommandContext,
  given: readonly string[],
  report: (error: unknown) => void,
): Promise<number> {
  try {
    const words = given.length === 0 ? ['--help'] : [...given]
    await createProgram(context).parseAsync(words, { from: 'user' })
    return EXIT_CODES.ok.code
  } catch (error) {
    report(error)
    return exitCodeOf(error)
  }
}
