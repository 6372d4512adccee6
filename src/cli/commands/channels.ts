// `sendword channels`: content, and who gets it.
import { Command, Option } from 'commander'
import type { ChannelDeviceView, ChannelView } from '../../model/channel.ts'
import type { LocalisedContent } from '../../model/locale.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import { URGENCIES, type Urgency } from '../../model/urgency.ts'
import type { Variables } from '../../model/variable.ts'
import type { CommandContext } from '../command-context.ts'
import { wholeNumber, withExample } from '../flags.ts'
import { columns, facts, time } from '../text-table.ts'
import { withCore } from '../with-core.ts'
import { acceptedLine, idempotencyOption, type RepeatFlags } from './accepted.ts'
import { type DryRunFlags, dryRunOption, showDryRun } from './dry-run.ts'
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
import { addPair } from './message-flags.ts'
import { localesOption, variablesOption } from './personal-flags.ts'
import { type TimingFlags, timingOf, withTiming } from './timing-flags.ts'

interface PutFlags extends Flags {
  readonly field?: Readonly<Record<string, string>>
  readonly catchUp?: true
}

interface ChangeFlags extends Flags {
  readonly field?: Readonly<Record<string, string>>
  readonly drop?: readonly string[]
  readonly rename?: string
  readonly catchUp?: boolean
}

interface PublishFlags extends Flags, TimingFlags, RepeatFlags, DryRunFlags {
  readonly ttl?: number
  readonly urgency?: Urgency
  readonly delayWhileIdle?: true
  readonly title?: string
  readonly body?: string
  readonly locales?: NotificationLocales
  readonly variables?: Variables
  readonly skipUnfit?: true
}

type NotificationLocales = Readonly<Record<string, Pick<LocalisedContent, 'notification'>>>

export function channelsCommand(context: CommandContext): Command {
  const group = new Command('channels').description('Say what channels say, and who gets it.')
  const commands = [listCommand, showCommand, putCommand, changeCommand, removeCommand, devicesCommand]
  for (const command of [...commands, publishCommand, subscribeCommand, unsubscribeCommand])
    group.addCommand(command(context))
  return withExample(
    group,
    'sendword channels put news --field title=Storm',
    'sendword channels subscribe news --group staff',
  )
}

function named(name: string, about: string): Command {
  return new Command(name).description(about).argument('<name>', 'The name of the channel.')
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list').description('List channels by name.')
  return withExample(withPage(command), 'sendword channels list').action(async ({ app, ...flags }: PageFlags) => {
    const items = await withCore(context, flags, (core) => core.channels.list(app, flags))
    const rows = items.map(({ name, changedAt, collapseKey }) => [name, time(changedAt) ?? '–', collapseKey])
    const lines = () => columns([['CHANNEL', 'CHANGED', 'COLLAPSE KEY'], ...rows])
    answerPage(context, flags, { name: 'channels', items, key: ({ name }) => name, lines })
  })
}

function showCommand(context: CommandContext): Command {
  return withExample(withFlags(named('show', 'Show a channel.')), 'sendword channels show news').action(
    async (name: string, flags: Flags) => {
      const view = await withCore(context, flags, (core) => core.channels.view({ app: flags.app, name }))
      answer(context, flags, view, channelFacts(view))
    },
  )
}

function putCommand(context: CommandContext): Command {
  const command = named('put', 'Make a channel, or say anew all of what it says. Sends nothing.')
    .option('--field <name=value...>', 'What it says; a field that is left out is dropped.', addPair)
    .option('--catch-up', 'A device that confirms a new address gets the newest message that it missed.')
  return withExample(
    withFlags(command),
    'sendword channels put news --field title=Storm --field url=/weather/1',
  ).action(async (name: string, flags: PutFlags) => {
    const { app, field: fields, catchUp } = flags
    const view = await withCore(context, flags, (core) => core.channels.put({ app, name }, { fields, catchUp }))
    answer(context, flags, view, channelFacts(view))
  })
}

function changeCommand(context: CommandContext): Command {
  const command = named('change', 'Change some of what a channel says, or its name. Sends nothing.')
    .option('--field <name=value...>', 'Fields to set; the others stay.', addPair)
    .option('--drop <names...>', 'Fields to drop.')
    .option('--rename <name>', 'What it is called from now on; its collapse key stays.')
    .option('--catch-up', 'A device that confirms a new address gets the newest message that it missed.')
    .option('--no-catch-up', 'It does not.')
  return withExample(withFlags(command), 'sendword channels change news --field title=Calm --drop url').action(
    async (name: string, flags: ChangeFlags) => {
      const { app, field = {}, drop = [], rename, catchUp } = flags
      const fields = { ...Object.fromEntries(drop.map((dropped) => [dropped, null])), ...field }
      const change = { name: rename, fields, catchUp }
      const view = await withCore(context, flags, (core) => core.channels.change({ app, name }, change))
      answer(context, flags, view, channelFacts(view))
    },
  )
}

function removeCommand(context: CommandContext): Command {
  const command = named('remove', 'Remove a channel and its subscriptions; what it has sent stays.')
  return withExample(withFlags(command), 'sendword channels remove news').action(async (name: string, flags: Flags) => {
    await withCore(context, flags, (core) => core.channels.remove({ app: flags.app, name }))
    answer(context, flags, { name, removed: true }, [`Removed ${name}.`])
  })
}

function devicesCommand(context: CommandContext): Command {
  const command = named('devices', 'List the devices that a channel reaches, and how it stands with each.')
  return withExample(withPage(command), 'sendword channels devices news').action(
    async (name: string, { app, ...flags }: PageFlags) => {
      const items = await withCore(context, flags, (core) => core.channels.devices({ app, name }, flags))
      const key = ({ deviceId }: ChannelDeviceView) => deviceId
      answerPage(context, flags, { name: 'devices', items, key, lines: deviceLines })
    },
  )
}

function deviceLines(devices: readonly ChannelDeviceView[]): string[] {
  const rows = devices.map(({ deviceId, lastMessageAt, state, reason }) => {
    return [deviceId, time(lastMessageAt) ?? '–', reason === undefined ? (state ?? '–') : `${state} (${reason})`]
  })
  return columns([['DEVICE', 'LAST MESSAGE', 'NEWEST MESSAGE'], ...rows])
}

function publishCommand(context: CommandContext): Command {
  const command = named('publish', 'Send what a channel says now to all whom it reaches.')
    .option(
      '--ttl <seconds>',
      'How long it may wait; 0: it is tried once. (default: a day)',
      wholeNumber(0, MAX_TTL_SECONDS),
    )
    .addOption(new Option('--urgency <urgency>', 'high wakes a sleeping device; not on C2DM.').choices(URGENCIES))
    .option('--delay-while-idle', 'C2DM: wait until the device is active.')
    .option('--title <text>', 'The title of a notification, which the device shows by itself; not on C2DM.')
    .option('--body <text>', 'The body of it.')
    .addOption(localesOption())
    .addOption(variablesOption())
    .option('--skip-unfit', 'Leave out devices whose push service cannot carry it, instead of refusing it.')
    .addOption(idempotencyOption())
    .addOption(dryRunOption())
  return withExample(withFlags(withTiming(command)), 'sendword channels publish news --ttl 3600').action(
    async (name: string, flags: PublishFlags) => {
      const { app, ttl, urgency, delayWhileIdle, title, body, locales, variables, skipUnfit, idempotencyKey } = flags
      const timing = timingOf(flags)
      const notification = title === undefined && body === undefined ? undefined : { title, body }
      const publication = {
        content: { urgency, delayWhileIdle, notification, locales, variables },
        ttl,
        timing,
        skipUnfit,
        idempotencyKey,
      }
      if (flags.dryRun) {
        const dryRun = await withCore(context, flags, (core) => core.channels.dryRun({ app, name }, publication))
        showDryRun(context, flags, dryRun)
        return
      }
      const { id } = await withCore(context, flags, (core) => core.channels.publish({ app, name }, publication))
      answer(context, flags, { id }, [acceptedLine(id, `whom ${name} reaches`, timing)])
    },
  )
}

function subscribeCommand(context: CommandContext): Command {
  const command = withSubscribers(named('subscribe', 'Subscribe devices, users and groups to a channel.'))
  return withExample(command, 'sendword channels subscribe news --group staff --user ada').action(
    async (name: string, flags: MemberFlags) => {
      const { app, device: devices, user: users, group: groups } = flags
      const subscribers = { devices, users, groups }
      const added = await withCore(context, flags, (core) => core.channels.subscribe({ app, name }, subscribers))
      answer(context, flags, added, addedLines(added))
    },
  )
}

function unsubscribeCommand(context: CommandContext): Command {
  const command = withSubscribers(named('unsubscribe', 'Unsubscribe devices, users and groups from a channel.'))
  return withExample(command, 'sendword channels unsubscribe news --user ada').action(
    async (name: string, flags: MemberFlags) => {
      const { app, device: devices, user: users, group: groups } = flags
      const subscribers = { devices, users, groups }
      const removed = await withCore(context, flags, (core) => core.channels.unsubscribe({ app, name }, subscribers))
      answer(context, flags, { removed }, [`Unsubscribed ${removed} that were subscribed.`])
    },
  )
}

function withSubscribers(command: Command): Command {
  return withFlags(withGroups(withDevices(command).option('--user <ids...>', 'Users, with all their devices.')))
}

function channelFacts(view: ChannelView): string[] {
  const { name, app, collapseKey, catchUp, changedAt, groups, devices, users, lastPublished } = view
  const fields = Object.entries(view.fields).map(([field, { value, changedAt }]) => [
    field,
    time(changedAt) ?? '',
    JSON.stringify(value),
  ])
  return [
    ...facts({
      channel: name,
      app,
      'collapse key': collapseKey,
      'catch up': catchUp ? 'yes' : 'no',
      changed: time(changedAt),
      published: time(lastPublished?.at),
      'by message': lastPublished?.messageId,
      devices: String(devices),
      users: String(users),
      groups: groups.length === 0 ? undefined : groups.join(', '),
    }),
    ...(fields.length === 0 ? [] : columns([['FIELD', 'CHANGED', 'VALUE'], ...fields])),
  ]
}
