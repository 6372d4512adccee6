// Publishing a channel: its content of now, to all whom it reaches. And what a device that comes back has missed.
import type { Tx } from '../database/tx.ts'
import { invalidMessage } from '../model/check-text.ts'
import type { LocalisedContent } from '../model/locale.ts'
import type { MessageContent } from '../model/message.ts'
import { StateError } from '../model/push-error.ts'
import type { MessageTiming } from '../model/timing.ts'
import { findMissedMessages, noteChannelMessage } from '../store/channel-messages.ts'
import { type ChannelRow, readFields } from '../store/channels.ts'
import { type AcceptContext, type Accepted, acceptAll, assertSubmission } from './accept.ts'
import { type AudienceSubmission, acceptForAudience } from './accept-audience.ts'
import { type ChannelRef, contentOf, lockedRow } from './channels.ts'

/** In other languages the notification alone differs: the channel's content is the same in all. */
export interface PublishedContent
  extends Omit<MessageContent, 'data' | 'collapseKey' | 'validateOnly' | 'locales' | 'fallbackLocale'> {
  readonly locales?: Readonly<Record<string, Pick<LocalisedContent, 'notification'>>> | undefined
}

export interface Publication {
  /** What the message says beside the channel's content, and how it goes. */
  readonly content?: PublishedContent | undefined
  /** Seconds the message may wait, 0 to 2,419,200; 0: it is tried once. Default 86,400. */
  readonly ttl?: number | undefined
  /** When it goes. Default: at once. */
  readonly timing?: MessageTiming | undefined
  /** Leave out the devices whose push service cannot carry the message, instead of refusing it. Default false. */
  readonly skipUnfit?: boolean | undefined
  /** A repeat with the same key, and unchanged content, is answered with the first one's id. */
  readonly idempotencyKey?: string | undefined
}

/** Throws PUSH_CHANNEL_UNKNOWN, PUSH_CHANNEL_EMPTY, and what accepting the message throws. */
export async function publishChannel(
  context: AcceptContext,
  tx: Tx,
  ref: ChannelRef,
  publication: Publication,
): Promise<Accepted> {
  // Two that are published at once go one after the other, each with the whole of some content.
  const channel = await lockedRow(tx, ref)
  const accepted = await acceptForAudience(context, tx, await toSubmission(tx, { ...ref, channel }, publication))
  await noteChannelMessage(tx, { channel: channel.id, messageId: accepted.id })
  return accepted
}

/** Throws PUSH_CHANNEL_EMPTY, and what is wrong with the message by itself. */
export async function toSubmission(
  tx: Tx,
  { app, name, channel }: ChannelRef & { readonly channel: ChannelRow },
  { content: more = {}, ...publication }: Publication,
): Promise<AudienceSubmission> {
  const fields = await readFields(tx, channel.id)
  if (fields.size === 0) throw new StateError('PUSH_CHANNEL_EMPTY')
  const data = new Map(Array.from(fields, ([field, { value }]) => [field, value]))
  const content = { ...more, ...contentOf(channel, data) }
  const submission = { app, audience: { channel: name }, content, ...publication }
  assertSubmission(submission)
  assertNotificationOnly(content)
  return submission
}

function assertNotificationOnly({ locales = {} }: MessageContent): void {
  const wrong = Object.entries(locales).find(([, { data }]) => data !== undefined)
  if (wrong === undefined) return
  throw invalidMessage(`locales.${wrong[0]}.data is not for channels, whose fields are the same in all languages.`)
}

export interface Returned {
  readonly id: string
  readonly app: string
  readonly deviceId: string
  /** Whether it had a live address before. */
  readonly couldBeReached: boolean
}

/**
 * Sends a device that has confirmed an address the newest message of each of its channels that it missed, where the
 * channel is so set. What cannot go to it, it goes without: its confirmation is worth more.
 */
export async function catchUp(
  context: AcceptContext,
  tx: Tx,
  { id, app, deviceId, couldBeReached }: Returned,
): Promise<void> {
  const at = new Date(context.clock.now())
  const missed = await findMissedMessages(tx, { app, device: id, couldBeReached, at })
  if (missed.length === 0) return
  const results = await acceptAll(
    context,
    tx,
    missed.map(({ content, ttl }) => ({ app, deviceId, content, ttl })),
  )
  for (const [index, { channel }] of missed.entries()) {
    const result = results[index]
    if (!result || !('accepted' in result)) continue
    await noteChannelMessage(tx, { channel, messageId: result.accepted.id, device: id })
  }
}
