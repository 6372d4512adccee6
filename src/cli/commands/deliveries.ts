// `sendword messages deliveries` and `sendword devices deliveries`: the ledger, by message and by device.
import { Command, Option } from 'commander'
import type { Core } from '../../app/core.ts'
import type { Delivery, DeliveryFilter } from '../../model/delivery.ts'
import { FINAL_OUTCOMES } from '../../model/outcome.ts'
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
import type { Terminal } from '../terminal.ts'
import { columns, time } from '../text-table.ts'
import { withCore } from '../with-core.ts'

type Page = Awaited<ReturnType<Core['ledger']['ofDevice']>>
type Format = 'table' | 'csv' | 'ndjson'
type MessageFlags = PlaceFlags & AppFlags & DeliveryFilter & { readonly format: Format }
type DeviceFlags = PlaceFlags & AppFlags & JsonFlags & { readonly after?: string; readonly limit: number }

const HEADINGS = ['OUTCOME', 'FINISHED', 'ATTEMPTS', 'REASON', 'DELIVERED', 'OPENED']

export function messageDeliveriesCommand(context: CommandContext): Command {
  const command = new Command('deliveries')
    .description('Show what became of a message on each device that it has ended for.')
    .argument('<id>', 'The id that it was accepted with.')
    .addOption(new Option('--outcome <outcome>', 'Only those that ended so.').choices(FINAL_OUTCOMES))
    .option('--reason <word>', 'Only those with exactly this reason.')
    .addOption(
      new Option('--format <format>', 'How they are printed.').choices(['table', 'csv', 'ndjson']).default('table'),
    )
  const examples = [
    'sendword messages deliveries 01923f6e-… --outcome rejected',
    'sendword messages deliveries 01923f6e-… --format csv > deliveries.csv',
  ]
  return withExample(withPlace(withApp(command)), ...examples).action(async (id: string, flags: MessageFlags) => {
    const { app, outcome, reason, format } = flags
    const { DELIVERY_FORMATS, deliveryLines } = await import('../../app/delivery-text.ts')
    await withCore(context, flags, async (core) => {
      const pages = await core.ledger.pagesOfMessage({ id, app, outcome, reason })
      if (format === 'table') return await printTable(context.terminal, pages)
      const { head } = DELIVERY_FORMATS[format]
      if (head !== '') printLines(context.terminal, head)
      for await (const page of pages) {
        printLines(context.terminal, deliveryLines(DELIVERY_FORMATS[format], page))
        await context.terminal.flush()
      }
    })
  })
}

/** Lines with their ends; the terminal sets the last one. */
function printLines(terminal: Terminal, lines: string): void {
  terminal.print(lines.replace(/\n$/, ''))
}

/** As wide as the first page needs: the rest is not known yet. */
async function printTable(terminal: Terminal, pages: AsyncIterable<readonly Delivery[]>): Promise<void> {
  let isFirst = true
  for await (const page of pages) {
    const rows = page.map((delivery) => [delivery.deviceId ?? 'removed since', ...cellsOf(delivery)])
    const [heading = '', ...lines] = columns([['DEVICE', ...HEADINGS], ...rows])
    for (const line of isFirst ? [heading, ...lines] : lines) terminal.print(line)
    await terminal.flush()
    isFirst = false
  }
  if (isFirst) terminal.note('It has ended for no such device yet.')
}

export function deviceDeliveriesCommand(context: CommandContext): Command {
  const command = new Command('deliveries')
    .description('Show what became of the messages to a device, the newest first.')
    .argument('<deviceId>', 'The id that the device registered under.')
    .option('--after <message>', 'Begin after this message, which ended the page before.')
  const example = 'sendword devices deliveries sha256-of-something'
  return withExample(withPlace(withJson(withApp(withLimit(command, 'Messages')))), example).action(
    async (deviceId: string, flags: DeviceFlags) => {
      const { app, after, limit } = flags
      const page = await withCore(context, flags, (core) => core.ledger.ofDevice({ app, deviceId, after, limit }))
      if (flags.json) context.terminal.printJson(page)
      else printHistory(context.terminal, page)
    },
  )
}

function printHistory(terminal: Terminal, { deliveries, next }: Page): void {
  if (deliveries.length === 0) {
    terminal.note('No message to it has ended yet.')
    return
  }
  const rows = deliveries.map((delivery) => [delivery.messageId, ...cellsOf(delivery)])
  for (const line of columns([['MESSAGE', ...HEADINGS], ...rows])) terminal.print(line)
  if (next !== undefined) terminal.note(`There is more: --after ${next}`)
}

function cellsOf({ outcome, finishedAt, attempts, reason, deliveredAt, openedAt }: Delivery): string[] {
  const told = [time(deliveredAt) ?? '–', time(openedAt) ?? '–']
  return [outcome, finishedAt.toISOString(), String(attempts), reason ?? '–', ...told]
}
