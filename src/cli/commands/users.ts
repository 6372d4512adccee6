// `sendword users`: what is known of users, and which devices are theirs.
import { Command } from 'commander'
import type { UserView } from '../../model/user.ts'
import type { CommandContext } from '../command-context.ts'
import { withExample } from '../flags.ts'
import { columns, facts, time } from '../text-table.ts'
import { withCore } from '../with-core.ts'
import { deviceLines } from './devices.ts'
import { answer, answerPage, type Flags, type PageFlags, withFlags, withPage } from './member-flags.ts'
import { addPair } from './message-flags.ts'

interface PutFlags extends Flags {
  readonly locale?: string
  readonly timeZone?: string
  readonly label?: Readonly<Record<string, string>>
}

export function usersCommand(context: CommandContext): Command {
  const group = new Command('users').description('Say what is known of users, and which devices are theirs.')
  const commands = [listCommand, showCommand, putCommand, removeCommand, devicesCommand, bindCommand, unbindCommand]
  for (const command of commands) group.addCommand(command(context))
  return withExample(group, 'sendword users put ada --locale pt-BR', 'sendword users bind ada sha256-of-something')
}

function named(name: string, about: string): Command {
  return new Command(name).description(about).argument('<userId>', 'The id that you know the user by.')
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list').description('List users of whom something is known, or who have a device.')
  return withExample(withPage(command), 'sendword users list').action(async ({ app, ...flags }: PageFlags) => {
    const items = await withCore(context, flags, (core) => core.users.list(app, flags))
    const rows = () =>
      items.map(({ userId, locale, timeZone, devices }) => [userId, locale ?? '–', timeZone ?? '–', String(devices)])
    const lines = () => columns([['USER', 'LOCALE', 'TIME ZONE', 'DEVICES'], ...rows()])
    answerPage(context, flags, { name: 'users', items, key: ({ userId }) => userId, lines })
  })
}

function showCommand(context: CommandContext): Command {
  return withExample(withFlags(named('show', 'Show a user.')), 'sendword users show ada').action(
    async (userId: string, flags: Flags) => {
      const view = await withCore(context, flags, (core) => core.users.view({ app: flags.app, userId }))
      answer(context, flags, view, userFacts(view))
    },
  )
}

function putCommand(context: CommandContext): Command {
  const command = named('put', 'Say all that is known of a user: what is left out is known no longer.')
    .option('--locale <tag>', 'A language tag: pt-BR.')
    .option('--time-zone <zone>', 'A time zone: Europe/Lisbon.')
    .option('--label <key=value...>', 'Labels, at most 20.', addPair)
  const line = 'sendword users put ada --locale pt-BR --time-zone Europe/Lisbon --label plan=gold'
  return withExample(withFlags(command), line).action(async (userId: string, flags: PutFlags) => {
    const { app, locale, timeZone, label: labels } = flags
    const view = await withCore(context, flags, (core) => core.users.put({ app, userId }, { locale, timeZone, labels }))
    answer(context, flags, view, userFacts(view))
  })
}

function removeCommand(context: CommandContext): Command {
  const command = named('remove', 'Forget a user and its subscriptions; its devices stay, and are nobody’s.')
  return withExample(withFlags(command), 'sendword users remove ada').action(async (userId: string, flags: Flags) => {
    await withCore(context, flags, (core) => core.users.remove({ app: flags.app, userId }))
    answer(context, flags, { userId, removed: true }, [`Forgot ${userId}.`])
  })
}

function devicesCommand(context: CommandContext): Command {
  const command = named('devices', 'List a user’s devices, in the order they were made.')
  return withExample(withPage(command), 'sendword users devices ada').action(
    async (userId: string, { app, ...flags }: PageFlags) => {
      const items = await withCore(context, flags, (core) => core.users.devices({ app, userId }, flags))
      answerPage(context, flags, { name: 'devices', items, key: ({ deviceId }) => deviceId, lines: deviceLines })
    },
  )
}

function bindCommand(context: CommandContext): Command {
  const command = withDevice(named('bind', 'Make a device this user’s, and no other’s.'))
  return withExample(withFlags(command), 'sendword users bind ada sha256-of-something').action(
    async (userId: string, deviceId: string, flags: Flags) => {
      await withCore(context, flags, (core) => core.users.bind({ app: flags.app, userId }, deviceId))
      answer(context, flags, { userId, deviceId, bound: true }, [`${deviceId} is ${userId}’s.`])
    },
  )
}

function unbindCommand(context: CommandContext): Command {
  const command = withDevice(named('unbind', 'Make a device of this user nobody’s.'))
  return withExample(withFlags(command), 'sendword users unbind ada sha256-of-something').action(
    async (userId: string, deviceId: string, flags: Flags) => {
      await withCore(context, flags, (core) => core.users.unbind({ app: flags.app, userId }, deviceId))
      answer(context, flags, { userId, deviceId, bound: false }, [`${deviceId} is nobody’s.`])
    },
  )
}

function withDevice(command: Command): Command {
  return command.argument('<deviceId>', 'The id that the device registered under.')
}

function userFacts({ userId, app, locale, timeZone, labels, devices, createdAt, updatedAt }: UserView): string[] {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return facts({
    user: userId,
    app,
    locale,
    'time zone': timeZone,
    labels: pairs.length === 0 ? undefined : pairs.join(', '),
    devices: String(devices),
    created: time(createdAt),
    changed: time(updatedAt),
  })
}
