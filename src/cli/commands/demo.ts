// `sendword demo`: the whole way of a message on this machine, with emulated push services and a temporary folder.
import { rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { EmulatorError } from '../../emulator/emulator-error.ts'
import { StateError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'
import type { DemoFlags } from '../demo/play-demo.ts'
import { port, withExample } from '../flags.ts'
import { endsInOrder } from '../long-running.ts'

export function demoCommand(context: CommandContext): Command {
  const command = new Command('demo')
    .description(
      'Show it all on this machine: emulated push services, server and database, a device and a message of each service.',
    )
    .option('--once', 'End when the messages have arrived; exit code 0 if they did.')
    .addOption(anyFreePort('--port <n>', 'The port of the server.'))
    .addOption(anyFreePort('--page-port <n>', 'The port of the page for browsers.'))
    .addOption(anyFreePort('--emulator-port <n>', 'The port of the emulator.'))
  return withExample(command, 'sendword demo').action(async (flags: DemoFlags) => {
    // Without --once it is ended by Ctrl-C; with it, Ctrl-C comes before the end.
    if (flags.once) await demo(context, flags)
    else await endsInOrder(() => demo(context, flags))
  })
}

function anyFreePort(flag: string, description: string): Option {
  return new Option(flag, description).argParser(port).default(0, 'any free one')
}

async function demo(context: CommandContext, flags: DemoFlags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sendword-demo-'))
  // A second Ctrl-C waits for nothing; a PostgreSQL whose folder is gone ends by itself.
  context.atExit(() => rmSync(folder, { recursive: true, force: true }))
  try {
    // As root, PostgreSQL runs under another user, who has to get in; what it keeps there is closed to others.
    await chmod(folder, 0o755)
    const { playDemo } = await import('../demo/play-demo.ts')
    await playDemo(context, { ...flags, folder })
  } catch (error) {
    throw error instanceof EmulatorError && error.code !== 'EMULATOR_LISTEN'
      ? new StateError('PUSH_DEMO_FAILED', { detail: error.message, cause: error })
      : error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
