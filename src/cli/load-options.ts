// The options of a command: default, file, environment, flags, each over the one before.
import { resolve } from 'node:path'
import { environmentWarnings, optionsFromEnvironment } from '../app/options/from-environment.ts'
import { findOptionsFile, optionsFromFile } from '../app/options/from-file.ts'
import { mergeOptions } from '../app/options/merge-options.ts'
import { type ResolvedOptions, resolveOptions } from '../app/options/resolve-options.ts'
import type { LogOptions, SendwordOptions } from '../app/options/sendword-options.ts'
import type { CommandContext } from './command-context.ts'
import { emulatedOptions } from './emulated-options.ts'
import type { PlaceFlags } from './flags.ts'

/** Names in the environment that the command line reads by itself. */
const OWN_NAMES = ['SENDWORD_DEBUG']

export interface LoadOptions {
  readonly flags: PlaceFlags & { readonly emulator?: string }
  /** What further flags, or the command itself, say. */
  readonly over?: SendwordOptions
  /** How much is logged where nobody says. */
  readonly logLevel?: LogOptions['level']
  /** Counts from 1 how often the running process reads them again; 0, the default, is its start. */
  readonly reading?: number
}

/** The configuration file, if there is one. */
export function optionsFile({ folder }: CommandContext, { config }: PlaceFlags): string | undefined {
  return config === undefined ? findOptionsFile(folder) : resolve(folder, config)
}

/** Throws ConfigError. Prints warnings about the environment, at the start. */
export async function loadOptions(
  context: CommandContext,
  { flags, over, logLevel, reading = 0 }: LoadOptions,
): Promise<ResolvedOptions> {
  const { environment, terminal } = context
  const warnings = reading === 0 ? environmentWarnings(environment, OWN_NAMES) : []
  for (const warning of warnings) terminal.note(`warning: ${warning}`)
  const file = optionsFile(context, flags)
  const layers: SendwordOptions[] = [
    // A person reads the log of a server on a terminal; programs read it elsewhere.
    { log: { format: terminal.showsNotes ? 'pretty' : 'json', ...(logLevel && { level: logLevel }) } },
    file === undefined ? {} : await optionsFromFile(file, reading),
    optionsFromEnvironment(environment),
    flags.dataFolder === undefined ? {} : { database: flags.dataFolder },
    over ?? {},
  ]
  const options = layers.reduce(mergeOptions)
  return resolveOptions(flags.emulator === undefined ? options : await emulatedOptions(options, flags.emulator))
}
