// What a message may say beside its data, as the library takes it.

import type { Locales } from '../model/locale.ts'
import type { MessageContent } from '../model/message.ts'
import type { AndroidOptions, Notification } from '../model/notification.ts'
import type { Overrides } from '../model/overrides.ts'
import type { MessageTiming } from '../model/timing.ts'
import type { Urgency } from '../model/urgency.ts'
import type { Variables } from '../model/variable.ts'
import { ifAnyGiven } from '../util/given.ts'

export interface MessageOptions extends MessageTiming {
  /** Messages with one collapse key replace each other on an unreachable device. Default: it never collapses. */
  readonly collapseKey?: string
  /** C2DM: wait until the device is active. Default false. */
  readonly delayWhileIdle?: boolean
  /** What the device shows by itself; it needs a title or a body. C2DM carries data only. */
  readonly notification?: Notification
  /** `high` wakes a sleeping device. Not on C2DM. Default: the push service's own. */
  readonly urgency?: Urgency
  /** FCM: how Android shows the notification. */
  readonly android?: AndroidOptions
  /**
   * What one push service alone is told, in its own words: laid over what the rest became, key by key (RFC 7396); null
   * takes a key away. At most 8192 bytes of JSON and 8 levels for each.
   */
  readonly overrides?: Overrides
  /**
   * Each device gets a token, under the key `receipt`, with which it can tell that the message was delivered and opened;
   * `data` has no such key then. Default false.
   */
  readonly receipts?: boolean
  /**
   * What it says in other languages, by BCP 47 tag: laid over the rest for devices whose language, or their user's, is
   * that one or begins with it. At most 100.
   */
  readonly locales?: Locales
  /**
   * What `{{name}}` stands for in the texts of data, notification and locales: each device has its own. At most 50. Without
   * any, such a text is no variable.
   */
  readonly variables?: Variables
  /** Seconds the message may wait, 0 to 2,419,200 (28 days); 0: it is tried once. Default 86,400 (a day). */
  readonly ttl?: number
}

/** @internal Of what an application may have put beside them, nothing. */
export function contentOf(data: MessageContent['data'], options: ContentOptions): MessageContent {
  const { collapseKey, delayWhileIdle, notification, urgency, android, overrides, receipts, validateOnly } = options
  const { locales, variables } = options
  return {
    ...{ data, collapseKey, delayWhileIdle, notification, urgency, android, overrides, receipts, validateOnly },
    ...{ locales, variables },
  }
}

/** @internal Undefined when it says nothing of that. */
export function timingOf({ sendAt, localTime, ignoreQuietHours }: MessageTiming): MessageTiming | undefined {
  return ifAnyGiven({ sendAt, localTime, ignoreQuietHours })
}

type ContentOptions = Omit<MessageOptions, 'ttl'> & Pick<MessageContent, 'validateOnly'>
