// `sendword broadcast`: accepts a message for an audience, after it has said whom that reaches; and shows how far it is.
import { Command } from 'commander'
import type { Core } from '../../app/core.ts'
import { MAX_TTL_SECONDS } from '../../model/message.ts'
import { InputError } from '../../model/push-error.ts'
import type { RecipientValues } from '../../model/recipient-values.ts'
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
import { grouped, progressBar } from '../progress-bar.ts'
import { withCore } from '../with-core.ts'
import { acceptedLine, idempotencyOption, QUEUED, type RepeatFlags } from './accepted.ts'
import { type AudienceFlags, audienceOf, withAudience } from './audience-flags.ts'
import { type DryRunFlags, devicesOf, dryRunOption, showDryRun } from './dry-run.ts'
import { contentOf, type MessageFlags, withMessage } from './message-flags.ts'
import { valuesOption } from './personal-flags.ts'
import { type TimingFlags, timingOf, withTiming } from './timing-flags.ts'

interface BroadcastFlags
  extends PlaceFlags,
    AppFlags,
    JsonFlags,
    MessageFlags,
    TimingFlags,
    AudienceFlags,
    RepeatFlags,
    DryRunFlags {
  readonly skipUnfit?: true
  readonly values?: RecipientValues
  readonly yes?: true
  /** Seconds, or true: as long as it takes. */
  readonly wait?: number | true
}

type Count = Awaited<ReturnType<Core['messages']['count']>>
type Settled = Awaited<ReturnType<Core['messages']['settled']>>

const REDRAW_MS = 1_000

export function broadcastCommand(context: CommandContext): Command {
  const command = new Command('broadcast').description(
    'Send a message to an audience. Once this says that it is accepted, no crash loses it.',
  )
  withAudience(withTiming(withMessage(command)))
    .addOption(valuesOption('by device id or user id, {"ada":{"name":"Ada"}}'))
    .option('--skip-unfit', 'Leave out devices whose push service cannot carry the message.')
    .addOption(idempotencyOption())
    .addOption(dryRunOption())
    .option('--yes', 'Do not ask.')
    .option('--wait [seconds]', 'Wait for its end. (default: as long as it takes)', wholeNumber(0, MAX_TTL_SECONDS))
  const lines = [
    'sendword broadcast --data news=spring --locale pt --label plan=pro --wait',
    'sendword broadcast --everyone --title Storm --body "Stay inside" --urgency high --yes',
  ]
  return withExample(withPlaceBesideData(withJson(withApp(command))), ...lines).action((flags: BroadcastFlags) =>
    withCore(context, flags, (core) => broadcast(context, core, flags)),
  )
}

async function broadcast(context: CommandContext, core: Core, flags: BroadcastFlags): Promise<void> {
  const { terminal } = context
  const { app, ttl, skipUnfit, values, idempotencyKey, json, wait } = flags
  const audience = audienceOf(flags)
  const [content, timing] = [contentOf(flags), timingOf(flags)]
  const submission = { app, audience, content, values, ttl, timing, skipUnfit, idempotencyKey }
  if (flags.dryRun) return showDryRun(context, flags, await core.messages.dryRun(submission))
  const count = await core.messages.count({ app, audience })
  if (!flags.yes && !(await isConfirmed(context, count))) {
    terminal.note('Nothing was sent.')
    return
  }
  const { id } = await core.messages.publish(submission)
  if (!json) terminal.print(acceptedLine(id, devicesOf(count), timing))
  if (!(await core.isDelivered())) terminal.note(QUEUED)
  const { devices, unreachable } = count
  if (wait === undefined) {
    if (json) terminal.printJson({ id, devices, unreachable })
    return
  }
  const { counts, audienceSize, skipped } = await settled(context, core, { id, count, flags })
  if (json) terminal.printJson({ id, devices, unreachable, audienceSize, skipped, counts })
  else for (const [outcome, number] of Object.entries(counts)) terminal.print(`${outcome}  ${grouped(number)}`)
}

/** Throws where nobody can be asked. */
async function isConfirmed({ ask }: CommandContext, count: Count): Promise<boolean> {
  const answer = await ask(`Send it to ${devicesOf(count)}? [y/N] `)
  if (answer !== undefined) return /^y(es)?$/i.test(answer.trim())
  throw new InputError('PUSH_COMMAND_INVALID', {
    detail: `It would go to ${devicesOf(count)}, and nobody is there to ask.`,
    cure: 'Give --yes.',
  })
}

interface Waiting {
  readonly id: string
  readonly count: Count
  readonly flags: BroadcastFlags
}

async function settled(context: CommandContext, core: Core, { id, count, flags }: Waiting): Promise<Settled> {
  const { stop, terminal } = context
  const ended = new AbortController()
  const onStop = () => {
    ended.abort()
    if (terminal.showsNotes) terminal.note('')
    terminal.note(`The message goes on: \`sendword messages show ${id}\` tells how it stands,`)
    terminal.note(`\`sendword messages cancel ${id}\` stops what has not left.`)
  }
  // At once, since the command ends without waiting for what is below.
  stop.signal.addEventListener('abort', onStop, { once: true })
  const drawing = terminal.showsNotes ? draw(context, core, { id, count, flags }, ended.signal) : undefined
  try {
    const limit = typeof flags.wait === 'number' ? { timeout: flags.wait * 1000 } : {}
    return await core.messages.settled(id, { signal: stop.signal, ...limit })
  } finally {
    stop.signal.removeEventListener('abort', onStop)
    ended.abort()
    await drawing
  }
}

/** Never rejects: the bar is an extra. */
async function draw(context: CommandContext, core: Core, { id, count, flags }: Waiting, ended: AbortSignal) {
  const { terminal, clock, stop } = context
  const beganAt = clock.now()
  const show = async () => {
    const { counts, audienceSize } = await core.messages.view(flags.app, id)
    // The lines that tell of the end stand there by now.
    if (stop.signal.aborted) return
    const done = Object.values(counts).reduce((sum, number) => sum + number, 0)
    terminal.redraw(progressBar({ done, total: audienceSize ?? count.devices, elapsedMs: clock.now() - beganAt }))
  }
  while (!ended.aborted) {
    await show().catch(() => undefined)
    // Rejects only when it has ended.
    await clock.sleep(REDRAW_MS, ended).catch(() => undefined)
  }
  if (stop.signal.aborted) return
  await show().catch(() => undefined)
  terminal.note('')
}
