// A process that delivers and does nothing else, until it is stopped.
import { openCore } from '../app/core.ts'
import { ConfigError } from '../model/push-error.ts'
import type { CommandContext } from './command-context.ts'
import { noticeChanges } from './configuration-changes.ts'
import type { JsonFlags, PlaceFlags } from './flags.ts'
import { loadOptions } from './load-options.ts'
import { hasPushService, noteStopping } from './long-running.ts'
import { withLogging } from './with-core.ts'

export type WorkerFlags = PlaceFlags & JsonFlags & { readonly emulator?: string }

export async function work(context: CommandContext, flags: WorkerFlags): Promise<void> {
  const { terminal, stop, clock, random } = context
  // Whoever starts a worker wants it to deliver, whatever is set for the web processes.
  const load = (reading: number) => loadOptions(context, { flags, over: { workers: true }, reading })
  const changes = noticeChanges(context, flags)
  const options = await load(0)
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
      changes.follow(logger, async (reading) => await core.reload(await load(reading)))
      await stop.received
      await changes.close()
      noteStopping(terminal, options)
    } finally {
      await core.close(options.http.graceMs)
    }
  })
}
