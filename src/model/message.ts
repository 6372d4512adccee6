// What a message says, apart from whom it goes to.
import type { Locales } from './locale.ts'
import type { AndroidOptions, Notification } from './notification.ts'
import type { Overrides } from './overrides.ts'
import type { Urgency } from './urgency.ts'
import type { Variables } from './variable.ts'

export interface MessageContent {
  /** Text by key. On C2DM each key arrives as the intent extra of its name. */
  readonly data: Readonly<Record<string, string>>
  /** Messages with one collapse key replace each other on an unreachable device; none: it never collapses. */
  readonly collapseKey?: string | undefined
  /** C2DM: wait until the device is active. Default false. */
  readonly delayWhileIdle?: boolean | undefined
  /** What the push service shows by itself, where it can. */
  readonly notification?: Notification | undefined
  /** How soon a sleeping device gets it, where the push service knows the difference. Default: the push service's. */
  readonly urgency?: Urgency | undefined
  readonly android?: AndroidOptions | undefined
  /** What only one push service is told, in its own words. */
  readonly overrides?: Overrides | undefined
  /**
   * Each device gets a token with which it can tell that the message was delivered and opened; `data` has no key
   * `receipt` then. Default false.
   */
  readonly receipts?: boolean | undefined
  /**
   * The push service only checks the message and the address, and delivers nothing. FCM alone can; for devices of others
   * such a message is refused. Default false.
   */
  readonly validateOnly?: boolean | undefined
  /** What it says in other languages, laid over the rest. At most 100. */
  readonly locales?: Locales | undefined
  /** The language of recipients of whom none is known. Set when the message is accepted, by the app's options. */
  readonly fallbackLocale?: string | undefined
  /** What `{{name}}` stands for in data, notification and locales. At most 50; none: such text is no variable. */
  readonly variables?: Variables | undefined
}

/** `scheduled`: it waits for its time. `fanning-out`: the devices of its audience are still being found. */
export const MESSAGE_STATES = ['scheduled', 'fanning-out', 'pending', 'settled', 'cancelled'] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

/** Seconds a message may wait before it expires when none are given: one day. */
export const DEFAULT_TTL_SECONDS = 86_400
/** The longest time to live that any push service takes: 28 days (FCM: `android.ttl`, RFC 8030 services alike). */
export const MAX_TTL_SECONDS = 2_419_200

/** PostgreSQL stores no NUL, and no push service takes a lone surrogate. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
