// `sendword devices`: what the registry knows, and what an operator may change in it.
import { Command } from 'commander'
import type { DeviceView } from '../../model/device.ts'
import type { CommandContext } from '../command-context.ts'
import {
  type AppFlags,
  type JsonFlags,
  type PlaceFlags,
  withApp,
  withExample,
  withJson,
  withLimit,
  withPlace,
} from '../flags.ts'
import { columns, facts, time } from '../text-table.ts'
import { withCore } from '../with-core.ts'
import { deviceDeliveriesCommand } from './deliveries.ts'
import { answerPage } from './member-flags.ts'

type Flags = PlaceFlags & AppFlags & JsonFlags
type ListFlags = Flags & { readonly after?: string; readonly limit: number }

export function devicesCommand(context: CommandContext): Command {
  const group = new Command('devices').description('Look at the devices of an app, and change them.')
  group.addCommand(listCommand(context))
  group.addCommand(
    oneDevice('show', 'Show one device.', async (deviceId, flags) => {
      const device = await withCore(context, flags, (core) => core.devices.view({ app: flags.app, deviceId }))
      if (flags.json) context.terminal.printJson(device)
      else for (const line of deviceFacts(device)) context.terminal.print(line)
    }),
  )
  group.addCommand(
    oneDevice('remove', 'Remove a device with its address and its pending registration.', async (deviceId, flags) => {
      await withCore(context, flags, (core) => core.devices.remove({ app: flags.app, deviceId }))
      answer(context, flags, { deviceId, removed: true }, `Removed ${deviceId}.`)
    }),
  )
  group.addCommand(
    oneDevice('approve', 'Let a new address, which waits for this, replace the live one.', async (deviceId, flags) => {
      await withCore(context, flags, (core) => core.devices.approve({ app: flags.app, deviceId }))
      answer(context, flags, { deviceId, approved: true }, `The new address of ${deviceId} is live.`)
    }),
  )
  group.addCommand(deviceDeliveriesCommand(context))
  return withExample(group, 'sendword devices list')
}

function oneDevice(name: string, about: string, run: (deviceId: string, flags: Flags) => Promise<void>): Command {
  const command = new Command(name)
    .description(about)
    .argument('<deviceId>', 'The id that the device registered under.')
  return withExample(withPlace(withJson(withApp(command))), `sendword devices ${name} sha256-of-something`).action(run)
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List devices, in the order they were made.')
    .option('--after <deviceId>', 'Begin after this device, which ended the page before.')
  return withExample(
    withPlace(withJson(withApp(withLimit(command, 'Devices')))),
    'sendword devices list --limit 20',
  ).action(async (flags: ListFlags) => {
    const { app, after, limit } = flags
    const items = await withCore(context, flags, (core) => core.devices.list({ app, after, limit }))
    answerPage(context, flags, { name: 'devices', items, key: ({ deviceId }) => deviceId, lines: deviceLines })
  })
}

export function deviceLines(devices: readonly DeviceView[]): string[] {
  const rows = devices.map((device) => [
    device.deviceId,
    stateOf(device),
    device.transport,
    time(device.lastSeenAt) ?? '',
    time(device.lastMessageAt) ?? '–',
  ])
  return columns([['DEVICE', 'STATE', 'TRANSPORT', 'LAST SEEN', 'LAST MESSAGE'], ...rows])
}

function deviceFacts(device: DeviceView): string[] {
  return facts({
    device: device.deviceId,
    app: device.app,
    transport: device.transport,
    state: stateOf(device),
    'failed since': time(device.failedAt),
    user: device.userId,
    created: time(device.createdAt),
    confirmed: time(device.confirmedAt),
    'last seen': time(device.lastSeenAt),
    'last message': time(device.lastMessageAt),
  })
}

function stateOf({ state, failed, failedReason }: DeviceView): string {
  return failed ? `failed (${failedReason})` : state
}

function answer({ terminal }: CommandContext, flags: JsonFlags, value: object, sentence: string): void {
  if (flags.json) terminal.printJson(value)
  else terminal.print(sentence)
}
