// A channel: named content that is published to whoever has subscribed, each time in the place of what it said before.
import { createHash } from 'node:crypto'
import type { FinalOutcome } from './outcome.ts'

export const MAX_CHANNEL_FIELDS = 50
/** Groups that one channel is subscribed by. */
export const MAX_CHANNEL_GROUPS = 100
/** Characters of a collapse key; as many as django-c2dm's had, and as a Web Push topic may have (RFC 8030 §5.4). */
const COLLAPSE_KEY_CHARACTERS = 32

/** The collapse key of a channel that is made under this name: the same for ever, whatever it is called later. */
export function channelCollapseKey(name: string, id: string): string {
  return createHash('sha256').update(name).update(id).digest('hex').slice(0, COLLAPSE_KEY_CHARACTERS)
}

export interface ChannelField {
  readonly value: string
  readonly changedAt: Date
}

export interface ChannelSummary {
  readonly name: string
  readonly collapseKey: string
  /** A device that confirms a new address gets the newest message that it missed. */
  readonly catchUp: boolean
  readonly createdAt: Date
  /** When its content changed last; undefined when it never had any. */
  readonly changedAt: Date | undefined
}

export interface ChannelView extends ChannelSummary {
  readonly app: string
  readonly fields: Readonly<Record<string, ChannelField>>
  /** The groups that are subscribed, by name. */
  readonly groups: readonly string[]
  /** Devices and users that are subscribed by themselves. */
  readonly devices: number
  readonly users: number
  /** The newest message to all who are subscribed; undefined when none was, or it is not kept any more. */
  readonly lastPublished: { readonly messageId: string; readonly at: Date } | undefined
}

/** How a channel stands with one of the devices it reaches. */
export interface ChannelDeviceView {
  readonly deviceId: string
  /** Subscribed by itself, and not only through its user or a group. */
  readonly direct: boolean
  /** When a push service last took a message of this channel for it. */
  readonly lastMessageAt: Date | undefined
  /** The channel's newest message that goes or went to it. */
  readonly messageId: string | undefined
  /** How that one ended for it; `pending` while it goes on; undefined when it never was for this device. */
  readonly state: FinalOutcome | 'pending' | undefined
  readonly reason: string | undefined
}
