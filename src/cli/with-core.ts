// Work on the data for as long as one command takes, beside whatever server runs on it. What is heavy is loaded when it
// is needed: help, version and a wrong command line wait for nothing.
import type { Core } from '../app/core.ts'
import type { ResolvedOptions } from '../app/options/resolve-options.ts'
import type { CommandContext } from './command-context.ts'
import type { PlaceFlags } from './flags.ts'

/** Opens the core without workers, and closes it whatever becomes of `work`; a stop signal ends the wait for it. */
export async function withCore<T>(
  context: CommandContext,
  flags: PlaceFlags,
  work: (core: Core) => Promise<T>,
): Promise<T> {
  const { openCore } = await import('../app/core.ts')
  const { loadOptions } = await import('./load-options.ts')
  const options = await loadOptions(context, { flags, over: { workers: false }, logLevel: 'warn' })
  return await withLogging(context, options, async (logger) => {
    const { clock, random, stop } = context
    const core = await openCore({ options, logger, clock, random, signal: stop.signal, acceptsForOthers: true })
    try {
      return await untilStopped(context, work(core))
    } finally {
      await core.close(0)
    }
  })
}

export async function withLogging<T>(
  { clock }: CommandContext,
  { log, mail }: ResolvedOptions,
  work: (logger: Core['logger']) => Promise<T>,
): Promise<T> {
  const { createLogging } = await import('../app/logging/create-logging.ts')
  const logging = createLogging({ log, mail, clock })
  try {
    return await work(logging.logger)
  } finally {
    await logging.close()
  }
}

/** Rejects with the StopRequest when a stop signal comes first. */
export async function untilStopped<T>({ stop }: CommandContext, work: Promise<T>): Promise<T> {
  const stopped = stop.received.then((request) => {
    throw request
  })
  return await Promise.race([work, stopped])
}
