// `sendword webhooks`: what could not be told, and telling it again.
import { Command, Option } from 'commander'
import type { Core } from '../../app/core.ts'
import { nextOf } from '../../app/page.ts'
import { InputError } from '../../model/push-error.ts'
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
import { columns } from '../text-table.ts'
import { withCore } from '../with-core.ts'

type Webhook = Awaited<ReturnType<Core['webhooks']['list']>>[number]
type Flags = PlaceFlags & AppFlags & JsonFlags
type ListFlags = Flags & { readonly state: Webhook['state']; readonly after?: string; readonly limit: number }

export function webhooksCommand(context: CommandContext): Command {
  const group = new Command('webhooks').description(
    'Look at webhooks that could not be delivered, send them again, and try an endpoint.',
  )
  group.addCommand(listCommand(context))
  group.addCommand(replayCommand(context))
  group.addCommand(testCommand(context))
  return withExample(group, 'sendword webhooks list', 'sendword webhooks replay --all', 'sendword webhooks test')
}

function listCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List dead letters: webhooks that nobody took within a day.')
    .addOption(
      new Option('--state <state>', 'dead, or waiting: on their way.').choices(['dead', 'waiting']).default('dead'),
    )
    .option('--after <id>', 'Begin after this one, which ended the page before.')
  return withExample(withPlace(withJson(withApp(withLimit(command, 'Webhooks')))), 'sendword webhooks list').action(
    async (flags: ListFlags) => {
      const { app, state, after, limit } = flags
      const webhooks = await withCore(context, flags, (core) => core.webhooks.list({ app, state, after, limit }))
      const next = nextOf(webhooks, limit, ({ id }) => id)
      if (flags.json) context.terminal.printJson({ webhooks, next })
      else printList(context, webhooks, next)
    },
  )
}

function printList({ terminal }: CommandContext, webhooks: readonly Webhook[], next: string | undefined): void {
  if (webhooks.length === 0) {
    terminal.note('There are none.')
    return
  }
  const rows = webhooks.map(({ id, type, url, attempts, createdAt, failure }) => {
    return [id, type, url, String(attempts), createdAt.toISOString(), failure ?? '–']
  })
  for (const line of columns([['ID', 'EVENT', 'URL', 'TRIES', 'SINCE', 'FAILURE'], ...rows])) terminal.print(line)
  if (next !== undefined) terminal.note(`There may be more: --after ${next}`)
}

function replayCommand(context: CommandContext): Command {
  const command = new Command('replay')
    .description('Send a dead letter again, with as many tries as at first; a running worker does it.')
    .argument('[id]', 'Which one.')
    .option('--all', 'All of the app.')
  return withExample(withPlace(withJson(withApp(command))), 'sendword webhooks replay --all').action(
    async (id: string | undefined, flags: Flags & { readonly all?: true }) => {
      if ((id === undefined) === (flags.all === undefined)) {
        const detail = 'Either an id or --all says what is sent again.'
        throw new InputError('PUSH_COMMAND_INVALID', { detail, cure: 'Run `sendword webhooks replay --help`.' })
      }
      const replayed = await withCore(context, flags, (core) => core.webhooks.replay({ app: flags.app, id }))
      if (flags.json) context.terminal.printJson({ replayed })
      else context.terminal.print(`Sending ${replayed} again.`)
    },
  )
}

function testCommand(context: CommandContext): Command {
  const command = new Command('test').description(
    'Send the event webhook.test to every endpoint of the app; a running worker does it.',
  )
  return withExample(withPlace(withJson(withApp(command))), 'sendword webhooks test').action(async (flags: Flags) => {
    const webhooks = await withCore(context, flags, (core) => core.webhooks.test(flags.app))
    if (flags.json) context.terminal.printJson({ webhooks })
    else for (const { id, url } of webhooks) context.terminal.print(`Sending ${id} to ${url}.`)
  })
}
