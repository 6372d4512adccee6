// `sendword preview`: the requests that an app's push services would get for a message. Sends nothing.
import { Command, Option } from 'commander'
import type { Core } from '../../app/core.ts'
import { TRANSPORT_NAMES, type TransportName } from '../../model/address.ts'
import type { CommandContext } from '../command-context.ts'
import {
  type AppFlags,
  type JsonFlags,
  type PlaceFlags,
  withApp,
  withExample,
  withJson,
  withPlaceBesideData,
} from '../flags.ts'
import { withCore } from '../with-core.ts'
import { contentOf, type MessageFlags, withMessage } from './message-flags.ts'

interface PreviewFlags extends PlaceFlags, AppFlags, JsonFlags, MessageFlags {
  readonly transport?: readonly TransportName[]
  readonly locale?: string
}

type Preview = ReturnType<Core['messages']['preview']>[number]

export function previewCommand(context: CommandContext): Command {
  const command = new Command('preview').description(
    'Show what each push service would get for a message, and what of it is cut or refused. Sends nothing.',
  )
  withMessage(command)
    .option('--locale <tag>', 'In this language, with the defaults of variables. (default: the app’s)')
    .addOption(
      new Option('--transport <names...>', 'Of these push services. (default: all that the app has)').choices(
        TRANSPORT_NAMES,
      ),
    )
  const example = 'sendword preview --title Parcel --body "It is here" --action track=Track --transport fcm'
  return withExample(withPlaceBesideData(withJson(withApp(command))), example).action(async (flags: PreviewFlags) => {
    const { app, ttl, locale, transport: transports } = flags
    const content = contentOf(flags)
    const previews = await withCore(context, flags, async (core) =>
      core.messages.preview({ app, content, ttl, transports, locale }),
    )
    if (flags.json) context.terminal.printJson({ previews })
    else show(context, previews, app)
  })
}

function show({ terminal }: CommandContext, previews: readonly Preview[], app: string): void {
  if (previews.length === 0) {
    terminal.note(`The app ${app} has no push service here: name some with --transport.`)
  }
  for (const preview of previews) {
    for (const line of linesOf(preview)) terminal.print(line)
    terminal.print('')
  }
}

function linesOf({ transport, method, path, headers, body, bytes, maxBytes, notes, refusal }: Preview): string[] {
  return [
    `${transport}: ${bytes} of ${maxBytes} bytes${refusal === undefined ? '' : ', refused'}`,
    ...(refusal === undefined ? [] : [`  ! ${refusal.code}: ${refusal.detail}`]),
    ...notes.map((note) => `  - ${note}`),
    `  ${method} ${path}`,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
    '',
    `  ${body}`,
  ]
}
