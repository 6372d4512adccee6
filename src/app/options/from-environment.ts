// Options from environment variables. Pure: whoever starts the process passes its environment in.

import { nearestName } from '../../util/nearest-name.ts'
import { mergeOptions } from './merge-options.ts'
import type { OptionEntry } from './option-entry.ts'
import { rememberOrigins } from './option-origins.ts'
import { OPTION_ENTRIES } from './option-table.ts'
import type { SendwordOptions } from './sendword-options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The app that the environment's C2DM names speak of. */
const ENVIRONMENT_APP = 'default'

/** The options that `env` sets; an empty variable counts as unset. Values are checked by resolveOptions. */
export function optionsFromEnvironment(env: Environment): SendwordOptions {
  let options: SendwordOptions = {}
  for (const [path, entry] of OPTION_ENTRIES) {
    const name = entry.env.find((candidate) => isSet(env, candidate))
    if (name !== undefined) options = mergeOptions(options, oneOption(path, entry, name, env[name] ?? ''))
  }
  return options
}

function oneOption(path: string, entry: OptionEntry, name: string, written: string): SendwordOptions {
  const concrete = path.replace('<app>', ENVIRONMENT_APP)
  const kind = entry.envKinds?.[name] ?? entry.kind
  const nested = concrete
    .split('.')
    .reduceRight<unknown>((value, segment) => ({ [segment]: value }), kind.fromText(written))
  return rememberOrigins(nested as SendwordOptions, new Map([[concrete, name]]))
}

/**
 * What someone should be told about `env`: SENDWORD_ names that mean nothing, and names that another one overrules.
 * `alsoKnown` are names that the command line reads by itself.
 */
export function environmentWarnings(env: Environment, alsoKnown: readonly string[] = []): string[] {
  const known = new Set(alsoKnown)
  const warnings: string[] = []
  for (const { env: names } of OPTION_ENTRIES.values()) {
    for (const name of names) known.add(name)
    const [first, ...others] = names.filter((name) => isSet(env, name))
    for (const other of others)
      if (env[other] !== env[first ?? '']) warnings.push(`${other} is not used, because ${first} is set.`)
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('SENDWORD_') && isSet(env, name) && !known.has(name)) warnings.push(unknownName(name, known))
  }
  return warnings
}

function unknownName(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known)
  return `${name} is set, but there is no such option${nearest === undefined ? '.' : `; did you mean ${nearest}?`}`
}

function isSet(env: Environment, name: string): boolean {
  return env[name] !== undefined && env[name] !== ''
}
