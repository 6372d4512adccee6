// `sendword worker`: a process that delivers and does nothing else, on any number of machines.
import { Command } from 'commander'
import { openCore } from '../../app/core.ts'
import { ConfigError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'
import { type JsonFlags, type PlaceFlags, withExample, withJson, withPlace } from '../flags.ts'
import { loadOptions } from '../load-options.ts'
import { endsInOrder, hasPushService, noteStopping } from '../long-running.ts'
import { withLogging } from '../with-core.ts'

type WorkerFlags = PlaceFlags & JsonFlags & { readonly emulator?: string }

export function workerCommand(context: CommandContext): Command {
  const command = new Command('worker')
    .description('Deliver messages, beside a server or other workers on the same database.')
    .option('--emulator <url>', 'Use the push services of the emulator with this control API.')
  return withExample(withPlace(withJson(command)), 'DATABASE_URL=postgres://… sendword worker').action(
    (flags: WorkerFlags) => endsInOrder(() => work(context, flags)),
  )
}

async function work(context: CommandContext, flags: WorkerFlags): Promise<void> {
  const { terminal, stop, clock, random } = context
  // Whoever starts a worker wants it to deliver, whatever is set for the web processes.
  const options = await loadOptions(context, { flags, over: { workers: true } })
  if (!hasPushService(options)) {
    throw new ConfigError('PUSH_C2DM_NOT_CONFIGURED', {
      detail: 'No app has a push service, so there is nothing that a worker could deliver.',
    })
  }
  await withLogging(context, options, async (logger) => {
    const core = await openCore({ options, logger, clock, random, signal: stop.signal })
    try {
      if (flags.json) terminal.printJson({ location: core.location })
      else terminal.print(`Delivering what is in ${core.location}; stop with Ctrl-C.`)
      await stop.received
      noteStopping(terminal, options)
    } finally {
      await core.close(options.http.graceMs)
    }
  })
}
