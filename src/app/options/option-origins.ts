// Where options came from, beside them rather than in them: an error then names the environment variable that
// someone has to correct, and options stay what their type says.

/** The name in the environment, by the option's path. */
export type Origins = ReadonlyMap<string, string>

const NONE: Origins = new Map()
const origins = new WeakMap<object, Origins>()

export function rememberOrigins<Options extends object>(options: Options, from: Origins): Options {
  origins.set(options, from)
  return options
}

export function originsOf(options: object): Origins {
  return origins.get(options) ?? NONE
}
