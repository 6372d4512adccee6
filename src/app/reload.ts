// What new options change in a running process: apps and their transports at once, everything else with a restart.
import { isDeepStrictEqual } from 'node:util'
import type { ResolvedOptions } from './options/resolve-options.ts'

export interface Reloaded {
  /** Names of apps. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Options that are different but take effect with a restart only. */
  readonly needsRestart: readonly string[]
}

/** Names that resolved options have of their own. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  'registration.ttlMs': 'registration.ttlSeconds',
  'registration.perDevicePerHour': 'registration.perDevice',
  'registration.perAddressPerHour': 'registration.perAddress',
  'registration.perClientPerHour': 'registration.perClient',
  'http.graceMs': 'http.graceSeconds',
}
/** Sections whose options are resolved into something else, and are named as a whole. */
const WHOLE = new Set(['database', 'mail', 'trustedProxies'])

/** @internal So that the published types do not lead to those of resolved options. */
export function compareOptions(before: ResolvedOptions, after: ResolvedOptions): Reloaded {
  const names = [...after.apps.keys()]
  return {
    added: names.filter((name) => !before.apps.has(name)),
    changed: names.filter((name) => {
      const known = before.apps.get(name)
      return known !== undefined && !isDeepStrictEqual(known, after.apps.get(name))
    }),
    removed: [...before.apps.keys()].filter((name) => !after.apps.has(name)),
    needsRestart: fixedDifferences(before, after),
  }
}

export function isUnchanged({ added, changed, removed }: Reloaded): boolean {
  return added.length + changed.length + removed.length === 0
}

function fixedDifferences({ apps: _before, ...before }: ResolvedOptions, { apps: _after, ...after }: ResolvedOptions) {
  return Object.entries(after).flatMap(([name, value]) => differences(name, before[name as keyof typeof before], value))
}

function differences(name: string, before: unknown, after: unknown): string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (WHOLE.has(name) || !isObject(before) || !isObject(after)) return [name]
  const parts = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...parts].flatMap((part) => {
    const path = `${name}.${part}`
    return isDeepStrictEqual(before[part], after[part]) ? [] : [OPTION_NAMES[path] ?? path]
  })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
