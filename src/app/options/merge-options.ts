// Options from several places, the later over the earlier: file, environment, command line.
import { originsOf, rememberOrigins } from './option-origins.ts'
import { isPlainObject } from './plain-object.ts'
import type { SendwordOptions } from './sendword-options.ts'

/** What `over` says counts; where it says nothing (or undefined), `base` does. Lists are replaced, not joined. */
export function mergeOptions(base: SendwordOptions, over: SendwordOptions): SendwordOptions {
  const origins = new Map(originsOf(base))
  for (const path of origins.keys()) if (valueAt(over, path) !== undefined) origins.delete(path)
  for (const [path, name] of originsOf(over)) origins.set(path, name)
  return rememberOrigins(merge(base, over), origins)
}

function merge<Value>(base: Value, over: Value): Value
function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (!isPlainObject(base) || !isPlainObject(over)) return over
  const names = new Set([...Object.keys(base), ...Object.keys(over)])
  // fromEntries defines properties, so that a key `__proto__` of a JSON file stays a mere key.
  return Object.fromEntries(Array.from(names, (name) => [name, merge(own(base, name), own(over, name))]))
}

function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function valueAt(options: unknown, path: string): unknown {
  let value = options
  for (const segment of path.split('.')) {
    if (!isPlainObject(value)) return value
    value = own(value, segment)
  }
  return value
}
