// Flags that name devices, users and groups, and how commands tell of them.
import type { Command } from 'commander'
import { nextOf } from '../../app/page.ts'
import type { CommandContext } from '../command-context.ts'
import { type AppFlags, type JsonFlags, type PlaceFlags, withApp, withJson, withLimit, withPlace } from '../flags.ts'

export type Flags = PlaceFlags & AppFlags & JsonFlags

export interface PageFlags extends Flags {
  readonly after?: string
  readonly limit: number
}

export interface MemberFlags extends Flags {
  readonly device?: readonly string[]
  readonly user?: readonly string[]
  readonly group?: readonly string[]
}

export function withFlags(command: Command): Command {
  return withPlace(withJson(withApp(command)))
}

export function withPage(command: Command): Command {
  return withLimit(
    withFlags(command).option('--after <last>', 'Begin after this one, which ended the page before.'),
    'So many',
  )
}

export function withDevices(command: Command): Command {
  return command.option('--device <ids...>', 'Devices, at most 500.')
}

export function withGroups(command: Command): Command {
  return command.option('--group <names...>', 'Groups.')
}

/** Prints the value as JSON, or the lines. */
export function answer(
  { terminal }: CommandContext,
  { json }: JsonFlags,
  value: object,
  lines: readonly string[],
): void {
  if (json) terminal.printJson(value)
  else for (const line of lines) terminal.print(line)
}

export interface Listed<Item> {
  /** What the list is called in JSON. */
  readonly name: string
  readonly items: readonly Item[]
  /** By what the next page begins. */
  readonly key: (item: Item) => string
  readonly lines: (items: readonly Item[]) => readonly string[]
}

/** Prints a page, and how to see the next one. */
export function answerPage<Item>(
  { terminal }: CommandContext,
  { json, limit }: Pick<PageFlags, 'json' | 'limit'>,
  { name, items, key, lines }: Listed<Item>,
): void {
  const next = nextOf(items, limit, key)
  if (json) terminal.printJson({ [name]: items, next })
  else if (items.length === 0) terminal.note(`There are no ${name}.`)
  else {
    for (const line of lines(items)) terminal.print(line)
    if (next !== undefined) terminal.note(`There may be more: --after ${next}`)
  }
}

export function addedLines({ added, unknown }: { added: number; unknown: readonly string[] }): string[] {
  const lines = [`Added ${added} that were not in before.`]
  return unknown.length === 0 ? lines : [...lines, `There is no device ${unknown.join(', ')}.`]
}
