// Holds given options to the table: every value of its kind, no name that is not an option.
import { nearestName } from '../../util/nearest-name.ts'
import type { OptionEntry } from './option-entry.ts'
import { type Origins, originsOf } from './option-origins.ts'
import { OPTION_ENTRIES, OPTION_TABLE, type OptionPath, type OptionValue } from './option-table.ts'
import { isPlainObject } from './plain-object.ts'

export interface CheckedOptions {
  /** What is wrong, a sentence each. */
  readonly problems: string[]
  /** The checked value, or the default. */
  read<Path extends OptionPath>(path: Path, app?: string): OptionValue<Path>
  /** The names of the apps that are given. */
  readonly apps: readonly string[]
  /** Whether an object stands at this path, even an empty one. */
  hasSection(path: string): boolean
  /** Whether something at or below this path is among the problems. */
  isRefused(path: string): boolean
  /** The path as an error shows it: with the environment variable that set it. */
  label(path: OptionPath, app?: string): string
}

interface Branch {
  readonly children: Map<string, Branch | OptionEntry>
}

const APP = '<app>'
const APP_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

const ROOT: Branch = { children: new Map() }
for (const [path, entry] of OPTION_ENTRIES) plant(path, entry)

function plant(path: string, entry: OptionEntry): void {
  const segments = path.split('.')
  const leaf = segments.pop() ?? path
  let branch = ROOT
  for (const segment of segments) {
    let next = branch.children.get(segment)
    if (next === undefined || !('children' in next)) {
      next = { children: new Map() }
      branch.children.set(segment, next)
    }
    branch = next
  }
  branch.children.set(leaf, entry)
}

export function checkOptions(options: unknown): CheckedOptions {
  const walk: Walk = {
    values: new Map(),
    sections: new Set(),
    problems: [],
    origins: isPlainObject(options) ? originsOf(options) : new Map(),
  }
  checkSection(ROOT, options, '', walk)
  const { values, sections, problems, origins } = walk
  return {
    problems,
    apps: [...sections].filter((path) => /^apps\.[^.]+$/.test(path)).map((path) => path.slice('apps.'.length)),
    hasSection: (path) => sections.has(path),
    isRefused: (path) =>
      problems.some((problem) => /^[. (]/.test(problem.slice(path.length)) && problem.startsWith(path)),
    read<Path extends OptionPath>(path: Path, app = '') {
      const entry: OptionEntry = OPTION_TABLE[path]
      return (values.get(path.replace(APP, app)) ?? entry.default) as OptionValue<Path>
    },
    label: (path, app = '') => label(path.replace(APP, app), origins),
  }
}

interface Walk {
  readonly values: Map<string, unknown>
  readonly sections: Set<string>
  readonly problems: string[]
  readonly origins: Origins
}

function checkSection(branch: Branch, given: unknown, path: string, walk: Walk): void {
  if (!isPlainObject(given)) {
    walk.problems.push(`${path === '' ? 'The options' : path} must be an object of options.`)
    return
  }
  walk.sections.add(path)
  for (const [name, value] of Object.entries(given)) {
    const named = branch.children.get(name)
    const child = named ?? branch.children.get(APP)
    const childPath = join(path, name)
    if (child === undefined) walk.problems.push(unknownOption(branch, path, name))
    else if (named === undefined && !APP_NAME.test(name)) walk.problems.push(badAppName(childPath))
    else if (value !== undefined) checkChild(child, value, childPath, walk)
  }
}

function checkChild(child: Branch | OptionEntry, value: unknown, path: string, walk: Walk): void {
  if ('children' in child) checkSection(child, value, path, walk)
  else checkValue(child, value, path, walk)
}

function checkValue(entry: OptionEntry, value: unknown, path: string, walk: Walk): void {
  const name = walk.origins.get(path)
  const kind = (name === undefined ? undefined : entry.envKinds?.[name]) ?? entry.kind
  const result = kind.schema.safeParse(value)
  if (result.success) walk.values.set(path, result.data)
  else {
    const shown = entry.secret ? showSecret(value) : kind.show(value)
    walk.problems.push(`${label(path, walk.origins)} is ${shown}; it must be ${kind.allowed}.`)
  }
}

function showSecret(value: unknown): string {
  if (typeof value !== 'string') return 'not text'
  return `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`
}

function label(path: string, origins: Origins): string {
  const name = origins.get(path)
  return name === undefined ? path : `${path} (${name})`
}

function badAppName(path: string): string {
  return `${path}: an app’s name is lower-case letters, digits and hyphens, at most 63, and no hyphen first.`
}

function unknownOption(branch: Branch, path: string, name: string): string {
  const sibling = nearestName(
    name,
    [...branch.children.keys()].filter((known) => known !== APP),
  )
  const meant = sibling === undefined ? elsewhere(name) : join(path, sibling)
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return `${join(path, name)} is not an option.${hint}`
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Options of that very name in other places: `port` is `http.port`. */
function elsewhere(name: string): string | undefined {
  const paths = [...OPTION_ENTRIES.keys()].filter((path) => path.endsWith(`.${name}`))
  return paths.length === 0 ? undefined : paths.join(' or ')
}
