// `sendword groups`: devices under one name.
import { Command } from 'commander'
import type { GroupView } from '../../model/group.ts'
import type { CommandContext } from '../command-context.ts'
import { withExample } from '../flags.ts'
import { columns, facts, time } from '../text-table.ts'
import { withCore } from '../with-core.ts'
import {
  addedLines,
  answer,
  answerPage,
  type Flags,
  type MemberFlags,
  type PageFlags,
  withDevices,
  withFlags,
  withGroups,
  withPage,
} from './member-flags.ts'

export function groupsCommand(context: CommandContext): Command {
  const group = new Command('groups').description('Make groups of devices, and change who is in them.')
  const commands = [listCommand, showCommand, createCommand, renameCommand, removeCommand, devicesCommand]
  for (const command of [...commands, addCommand, takeCommand]) group.addCommand(command(context))
  return withExample(group, 'sendword groups create staff', 'sendword groups add staff --device sha256-of-something')
}

function named(name: string, about: string): Command {
  return new Command(name).description(about).argument('<name>', 'The name of the group.')
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list').description('List groups by name.')
  return withExample(withPage(command), 'sendword groups list').action(async ({ app, ...flags }: PageFlags) => {
    const items = await withCore(context, flags, (core) => core.groups.list(app, flags))
    const lines = () =>
      columns([['GROUP', 'CREATED'], ...items.map(({ name, createdAt }) => [name, time(createdAt) ?? ''])])
    answerPage(context, flags, { name: 'groups', items, key: ({ name }) => name, lines })
  })
}

function showCommand(context: CommandContext): Command {
  return withExample(withFlags(named('show', 'Show a group.')), 'sendword groups show staff').action(
    async (name: string, flags: Flags) => {
      const view = await withCore(context, flags, (core) => core.groups.view({ app: flags.app, name }))
      answer(context, flags, view, groupFacts(view))
    },
  )
}

function createCommand(context: CommandContext): Command {
  const command = named('create', 'Make a group, unless there is one of this name.')
  return withExample(withFlags(command), 'sendword groups create staff').action(async (name: string, flags: Flags) => {
    const view = await withCore(context, flags, (core) => core.groups.put({ app: flags.app, name }))
    answer(context, flags, view, groupFacts(view))
  })
}

function renameCommand(context: CommandContext): Command {
  const command = named('rename', 'Give a group another name.').argument('<newName>', 'What it is called from now on.')
  return withExample(withFlags(command), 'sendword groups rename staff crew').action(
    async (name: string, newName: string, flags: Flags) => {
      const view = await withCore(context, flags, (core) => core.groups.rename({ app: flags.app, name }, newName))
      answer(context, flags, view, groupFacts(view))
    },
  )
}

function removeCommand(context: CommandContext): Command {
  const command = named('remove', 'Remove a group; its devices stay.')
  return withExample(withFlags(command), 'sendword groups remove staff').action(async (name: string, flags: Flags) => {
    await withCore(context, flags, (core) => core.groups.remove({ app: flags.app, name }))
    answer(context, flags, { name, removed: true }, [`Removed ${name}.`])
  })
}

function devicesCommand(context: CommandContext): Command {
  const command = named('devices', 'List the devices that are directly in a group.')
  return withExample(withPage(command), 'sendword groups devices staff').action(
    async (name: string, { app, ...flags }: PageFlags) => {
      const items = await withCore(context, flags, (core) => core.groups.devices({ app, name }, flags))
      const key = (deviceId: string) => deviceId
      answerPage(context, flags, { name: 'devices', items, key, lines: (ids) => ids })
    },
  )
}

function addCommand(context: CommandContext): Command {
  const command = withGroups(withDevices(named('add', 'Add devices and groups to a group.')))
  const line = 'sendword groups add staff --device sha256-of-something --group "night shift"'
  return withExample(withFlags(command), line).action(async (name: string, flags: MemberFlags) => {
    const { app, device: devices, group: groups } = flags
    const added = await withCore(context, flags, (core) => core.groups.add({ app, name }, { devices, groups }))
    answer(context, flags, added, addedLines(added))
  })
}

function takeCommand(context: CommandContext): Command {
  const command = withGroups(withDevices(named('take', 'Take devices and groups out of a group.')))
  const line = 'sendword groups take staff --device sha256-of-something'
  return withExample(withFlags(command), line).action(async (name: string, flags: MemberFlags) => {
    const { app, device: devices, group: groups } = flags
    const removed = await withCore(context, flags, (core) => core.groups.take({ app, name }, { devices, groups }))
    answer(context, flags, { removed }, [`Took out ${removed} that were in.`])
  })
}

function groupFacts({ name, app, groups, devices, createdAt }: GroupView): string[] {
  const parts = groups.length === 0 ? undefined : groups.join(', ')
  return facts({ group: name, app, devices: String(devices), groups: parts, created: time(createdAt) })
}
