// `sendword serve`: its flags. What it does is loaded when it is asked for.
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { port, withExample, withJson, withPlace } from '../flags.ts'
import { endsInOrder } from '../long-running.ts'
import type { ServeFlags } from '../serve.ts'

export function serveCommand(context: CommandContext): Command {
  const command = new Command('serve')
    .description('Run the server: device doors, JSON API and workers.')
    .option('--host <host>', 'The address to listen on. (default: SENDWORD_HOST, or 127.0.0.1)')
    .option('--port <n>', 'The port to listen on; 0 takes any free one. (default: SENDWORD_PORT, or 7300)', port)
    .option('--emulator <url>', 'Use the push services of the emulator with this control API; needs no configuration.')
    .option('--no-worker', 'Deliver nothing in this process; `sendword worker` does.')
  const lines = ['sendword serve --port 8080', 'sendword serve --emulator http://127.0.0.1:7320']
  return withExample(withPlace(withJson(command)), ...lines).action((flags: ServeFlags) =>
    endsInOrder(async () => {
      const { serve } = await import('../serve.ts')
      await serve(context, flags)
    }),
  )
}
