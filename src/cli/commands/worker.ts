// `sendword worker`: its flags. What it does is loaded when it is asked for.
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { withExample, withJson, withPlace } from '../flags.ts'
import { endsInOrder } from '../long-running.ts'
import type { WorkerFlags } from '../work.ts'

export function workerCommand(context: CommandContext): Command {
  const command = new Command('worker')
    .description('Deliver messages, beside a server or other workers on the same database.')
    .option('--emulator <url>', 'Use the push services of the emulator with this control API.')
  return withExample(withPlace(withJson(command)), 'DATABASE_URL=postgres://… sendword worker').action(
    (flags: WorkerFlags) =>
      endsInOrder(async () => {
        const { work } = await import('../work.ts')
        await work(context, flags)
      }),
  )
}
