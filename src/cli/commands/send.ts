// `sendword send`: accepts a message for one device, and waits for its end when asked to.
import { Command } from 'commander'
import type { Core } from '../../app/core.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import { StateError } from '../../model/push-error.ts'
import type { CommandContext } from '../command-context.ts'
import {
  type AppFlags,
  type JsonFlags,
  type PlaceFlags,
  wholeNumber,
  withApp,
  withExample,
  withJson,
  withPlaceBesideData,
} from '../flags.ts'
import { withCore } from '../with-core.ts'
import { acceptedLine, idempotencyOption, QUEUED, type RepeatFlags } from './accepted.ts'
import { type DryRunFlags, dryRunOption, showDryRun } from './dry-run.ts'
import { contentOf, type MessageFlags, withMessage } from './message-flags.ts'
import { valuesOption } from './personal-flags.ts'
import { type TimingFlags, timingOf, withTiming } from './timing-flags.ts'

interface SendFlags extends PlaceFlags, AppFlags, JsonFlags, MessageFlags, TimingFlags, RepeatFlags, DryRunFlags {
  readonly validateOnly?: true
  readonly values?: Readonly<Record<string, string>>
  /** Seconds, or true: as long as it takes. */
  readonly wait?: number | true
}

type Settled = Awaited<ReturnType<Core['messages']['settled']>>

const MAX_WAIT_SECONDS = MAX_TTL_SECONDS

export function sendCommand(context: CommandContext): Command {
  const command = new Command('send')
    .description('Send a message to one device. Once this says that it is accepted, no crash loses it.')
    .argument('<deviceId>', 'The id that the device registered under.')
  withTiming(withMessage(command))
    .addOption(valuesOption('{"name":"Ada"}'))
    .option('--validate-only', 'FCM: check the message and the address, and deliver nothing.')
    .addOption(idempotencyOption())
    .addOption(dryRunOption())
    .option('--wait [seconds]', 'Wait for its end. (default: as long as it takes)', wholeNumber(0, MAX_WAIT_SECONDS))
  const lines = ['sendword send sha256-of-something --data greeting=hello --collapse-key hi --wait 30']
  return withExample(withPlaceBesideData(withJson(withApp(command))), ...lines).action(
    (deviceId: string, flags: SendFlags) =>
      withCore(context, flags, (core) => send(context, core, { ...flags, deviceId })),
  )
}

async function send(
  context: CommandContext,
  core: Core,
  flags: SendFlags & { readonly deviceId: string },
): Promise<void> {
  const { terminal, stop } = context
  const { deviceId, app, ttl, wait, json, validateOnly, values, idempotencyKey, dryRun } = flags
  const content = { ...contentOf(flags), validateOnly }
  const timing = timingOf(flags)
  const submission = { app, deviceId, content, values, ttl, timing, idempotencyKey }
  if (dryRun) return showDryRun(context, flags, await core.messages.dryRun(submission))
  const { id } = await core.messages.submit(submission)
  const hasWorker = await core.isDelivered()
  if (!json) terminal.print(acceptedLine(id, deviceId, timing))
  if (!hasWorker) terminal.note(QUEUED)
  if (wait === undefined) {
    if (json) terminal.printJson({ id, queued: !hasWorker })
    return
  }
  const settled = await core.messages.settled(id, {
    signal: stop.signal,
    ...(wait === true ? {} : { timeout: wait * 1000 }),
  })
  tell(context, settled, json)
}

function tell({ terminal }: CommandContext, { id, single }: Settled, json: true | undefined): void {
  const { outcome, reason, attempts } = single ?? {}
  if (json) terminal.printJson({ id, outcome, reason, attempts })
  if (outcome !== 'accepted') {
    const why = reason === undefined ? '' : ` (${reason})`
    throw new StateError('PUSH_MESSAGE_NOT_ACCEPTED', { detail: `The message ended as ${outcome}${why}.` })
  }
  if (json) return
  const isValidated = reason === 'ValidatedOnly'
  terminal.print(isValidated ? 'The push service would take it; nothing was delivered.' : 'The push service took it.')
}
