// What would become of a message if it were accepted now: all that accepting checks, whom it would reach, and what their
// push services would get. Nothing is stored and nobody is told.
import type { Tx } from '../database/tx.ts'
import { TRANSPORT_NAMES, type TransportName } from '../model/address.ts'
import type { CheckFailure } from '../model/check-failure.ts'
import { type LocalTime, shownTimes } from '../model/timing.ts'
import type { NewMessage } from '../store/messages.ts'
import { findRecipients } from '../store/recipients.ts'
import {
  type AcceptContext,
  assertReachable,
  findTargets,
  type Submission,
  toMessage,
  withIdempotency,
} from './accept.ts'
import { type AudienceSubmission, requestOf, toAudienceMessage } from './accept-audience.ts'
import { type ChannelRef, rowOf } from './channels.ts'
import { type AudienceCount, countAudience } from './count-audience.ts'
import { findKnownId } from './idempotency.ts'
import { previewMessage, type TransportPreview } from './preview-message.ts'
import { type Publication, toSubmission } from './publish-channel.ts'

export interface DryRun {
  readonly dryRun: true
  readonly audience: AudienceCount
  /** What skipUnfit leaves out. */
  readonly unfit: readonly UnfitDevices[]
  /** For each push service that something would go to. */
  readonly previews: readonly TransportPreview[]
  /** Undefined: at once, or by local time. */
  readonly sendAt: Date | undefined
  /** Of an audience. */
  readonly localTime: LocalTime | undefined
  readonly expiresAt: Date
  /** Of a message to one device: its local time is past, and it would end as cancelled. */
  readonly isPast?: true
}

export interface UnfitDevices extends CheckFailure {
  readonly transport: TransportName
  /** How many of the audience. */
  readonly devices: number
}

/** Throws what accepting it throws. A repeat of a known request is judged as if it were the first. */
export async function dryRunForDevice(context: AcceptContext, tx: Tx, submission: Submission): Promise<DryRun> {
  const request = withIdempotency(submission)
  await findKnownId(tx, request)
  const find = await findTargets(tx, [request])
  const found = find(request)
  const message = toMessage(context, request, found)
  const { id, transport } = assertReachable(found.target)
  const [recipient = {}] = await findRecipients(tx, [id])
  return {
    dryRun: true,
    audience: { devices: 1, byTransport: { [transport]: 1 }, unreachable: 0, complete: true },
    unfit: [],
    previews: [previewMessage(context, { ...submission, content: message.content }, { transport, recipient })],
    ...timesOf(message),
  }
}

/** Throws as above. */
export async function dryRunForAudience(
  context: AcceptContext,
  tx: Tx,
  submission: AudienceSubmission,
): Promise<DryRun> {
  const { app } = submission
  await findKnownId(tx, requestOf(submission))
  const { message, unfit } = await toAudienceMessage(context, tx, submission)
  const audience = await countAudience({ database: tx, clock: context.clock }, submission)
  const devicesOf = (transport: TransportName) => audience.byTransport[transport] ?? 0
  const reached = TRANSPORT_NAMES.filter(
    (name) => devicesOf(name) > 0 && context.rulesOf(app, name) && !unfit.some(({ transport }) => transport === name),
  )
  return {
    dryRun: true,
    audience,
    unfit: unfit.map(({ transport, failure }) => ({ transport, devices: devicesOf(transport), ...failure })),
    previews: reached.map((transport) => previewMessage(context, submission, { transport, recipient: {} })),
    ...timesOf(message),
  }
}

/** Throws what publishing it throws. */
export async function dryRunOfChannel(
  context: AcceptContext,
  tx: Tx,
  ref: ChannelRef,
  publication: Publication,
): Promise<DryRun> {
  const channel = await rowOf(tx, ref)
  return await dryRunForAudience(context, tx, await toSubmission(tx, { ...ref, channel }, publication))
}

function timesOf({ audience, releaseAt, timing, expiresAt }: NewMessage) {
  const hasAudience = audience !== undefined
  return {
    ...shownTimes({ hasAudience, releaseAt, timing }),
    expiresAt,
    ...(timing?.isPast && { isPast: true as const }),
  }
}
