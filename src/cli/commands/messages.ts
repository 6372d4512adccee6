// `sendword messages`: how a message stands, and what became of it on each device.

import { Command } from 'commander'
import type { Core } from '../../app/core.ts'
import { messageDocument } from '../../app/message-document.ts'
import type { CommandContext } from '../command-context.ts'
import { type AppFlags, type JsonFlags, type PlaceFlags, withApp, withExample, withJson, withPlace } from '../flags.ts'
import { facts, time } from '../text-table.ts'
import { whenItGoes } from '../when-it-goes.ts'
import { withCore } from '../with-core.ts'
import { messageDeliveriesCommand } from './deliveries.ts'

type Message = Awaited<ReturnType<Core['messages']['view']>>

export function messagesCommand(context: CommandContext): Command {
  const group = new Command('messages').description('Look at messages, and stop them.')
  const show = new Command('show')
    .description('Show how a message stands.')
    .argument('<id>', 'The id that it was accepted with.')
  withExample(withPlace(withJson(withApp(show))), 'sendword messages show 01923f6e-…').action(
    async (id: string, flags: PlaceFlags & AppFlags & JsonFlags) => {
      const message = await withCore(context, flags, (core) => core.messages.view(flags.app, id))
      if (flags.json) context.terminal.printJson(messageDocument(message))
      else for (const line of messageFacts(message)) context.terminal.print(line)
    },
  )
  group.addCommand(show)
  group.addCommand(cancelCommand(context))
  group.addCommand(messageDeliveriesCommand(context))
  return withExample(group, 'sendword messages show 01923f6e-…', 'sendword messages deliveries 01923f6e-…')
}

function cancelCommand(context: CommandContext): Command {
  const cancel = new Command('cancel')
    .description('Stop what has not left of a message. What had left has left.')
    .argument('<id>', 'The id that it was accepted with.')
  return withExample(withPlace(withJson(withApp(cancel))), 'sendword messages cancel 01923f6e-…').action(
    async (id: string, flags: PlaceFlags & AppFlags & JsonFlags) => {
      const message = await withCore(context, flags, (core) => core.messages.cancel(flags.app, id))
      if (flags.json) context.terminal.printJson(messageDocument(message))
      else if (message.state === 'cancelled') context.terminal.print(`Message ${id} is cancelled.`)
      else context.terminal.print(`Message ${id} was over already; it stays as it is.`)
    },
  )
}

function messageFacts(message: Message): string[] {
  const { single, receipts } = message
  return facts({
    message: message.id,
    app: message.app,
    device: message.audience ? undefined : (message.deviceId ?? 'removed since'),
    audience: message.audience && JSON.stringify(message.audience),
    accepted: time(message.acceptedAt),
    goes: whenItGoes(message),
    expires: time(message.expiresAt),
    outcome: message.audience ? undefined : (single?.outcome ?? message.state),
    ...(message.audience && audienceFacts(message)),
    reason: single?.reason,
    'push service’s id': single?.providerId,
    attempts: single === undefined ? undefined : String(single.attempts),
    finished: time(single?.finishedAt),
    delivered: receipts && told(receipts.delivered, receipts.deliveredAt),
    opened: receipts && told(receipts.opened, receipts.openedAt),
  })
}

/** When, of a message to one device; else how many devices told. */
function told(devices: number, at: Date | undefined): string {
  return time(at) ?? (devices === 0 ? 'not told' : `by ${devices}`)
}

function audienceFacts({ state, audienceSize, skipped, counts }: Message): Record<string, string> {
  const open = state === 'scheduled' ? 'found when it goes' : 'being found'
  const found = audienceSize === undefined ? open : `${audienceSize}`
  const ended = Object.entries(counts).map(([outcome, count]) => [outcome, `${count}`])
  return { state, devices: found, skipped: `${skipped}`, ...Object.fromEntries(ended) }
}
