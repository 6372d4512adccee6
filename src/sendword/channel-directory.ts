// Channels: named content, and who gets it.
import type { Core } from '../app/core.ts'
import type { CallerTransaction } from '../model/caller-transaction.ts'
import type { ChannelDeviceView, ChannelSummary, ChannelView } from '../model/channel.ts'
import type { LocalisedContent } from '../model/locale.ts'
import type { AppOption } from './device-directory.ts'
import type { AddedMembers } from './group-directory.ts'
import { type DryRun, type MessageHandle, messageHandle } from './message-directory.ts'
import { contentOf, type MessageOptions, timingOf } from './message-options.ts'
import type { PageOptions } from './user-directory.ts'

export interface ChannelSettings {
  /** All of the content: text by field. At most 50 fields; their names are the keys that devices see. */
  readonly fields?: Readonly<Record<string, string>>
  /** A device that confirms a new address gets the newest message that it missed. Default false. */
  readonly catchUp?: boolean
}

export interface ChannelChange {
  /** What it is called from now on; its collapse key stays as it is. */
  readonly name?: string
  /** Fields to set, and with null to drop; the others stay. */
  readonly fields?: Readonly<Record<string, string | null>>
  readonly catchUp?: boolean
}

export interface Subscribers {
  /** Device ids, at most 500 in a call. */
  readonly devices?: readonly string[]
  /** All devices that these users have at the time of publishing, at most 500 in a call. */
  readonly users?: readonly string[]
  /** Names of groups, at most 100 for one channel. */
  readonly groups?: readonly string[]
}

export interface ChannelPublishOptions extends Omit<MessageOptions, 'collapseKey' | 'locales'>, AppOption {
  /** The notification in other languages, by BCP 47 tag; the fields are the same in all. At most 100. */
  readonly locales?: Readonly<Record<string, Pick<LocalisedContent, 'notification'>>>
  /** Leave out devices whose push service cannot carry the message, instead of refusing it. Default false. */
  readonly skipUnfit?: boolean
  /** A repeat with the same key, and unchanged content, is answered with the message of the first one. */
  readonly idempotencyKey?: string
  /** An open transaction of yours: it is published if it commits, and never otherwise. */
  readonly tx?: CallerTransaction
}

export interface ChannelDirectory {
  /**
   * Makes the channel, or says anew all of what the one of this name says. Sends nothing.
   * @throws InputError PUSH_REQUEST_INVALID, and PUSH_MESSAGE_TOO_BIG or PUSH_MESSAGE_INVALID when one of the app's push
   *   services could not carry the content: 1024 bytes with C2DM.
   */
  put(name: string, settings?: ChannelSettings & AppOption): Promise<ChannelView>
  /** Changes some of it. Sends nothing. @throws StateError PUSH_CHANNEL_UNKNOWN, PUSH_NAME_TAKEN; and as `put`. */
  change(name: string, change: ChannelChange, options?: AppOption): Promise<ChannelView>
  /** @throws StateError PUSH_CHANNEL_UNKNOWN. */
  get(name: string, options?: AppOption): Promise<ChannelView>
  /** By name. */
  list(options?: PageOptions): Promise<ChannelSummary[]>
  /** What it has sent stays. @throws StateError PUSH_CHANNEL_UNKNOWN. */
  remove(name: string, options?: AppOption): Promise<void>
  /**
   * Accepts the channel's content of now for all whom it reaches, in the place of what it said before. Once it resolves
   * (and `tx` has committed), no crash loses it.
   * @throws StateError PUSH_CHANNEL_UNKNOWN, PUSH_CHANNEL_EMPTY, PUSH_IDEMPOTENCY_CONFLICT, PUSH_TRANSACTION_FOREIGN.
   * @throws InputError PUSH_MESSAGE_INVALID, PUSH_MESSAGE_TOO_BIG.
   */
  publish(name: string, options?: ChannelPublishOptions): Promise<MessageHandle>
  /**
   * What `publish` would do: checks all that it checks, and answers whom the channel reaches and what their push services
   * would get. Stores nothing, tells nobody, and takes no idempotency key.
   * @throws as `publish`.
   */
  dryRun(name: string, options?: ChannelPublishOptions): Promise<DryRun>
  /** @throws StateError PUSH_CHANNEL_UNKNOWN, PUSH_GROUP_UNKNOWN. @throws InputError PUSH_REQUEST_INVALID. */
  subscribe(name: string, subscribers: Subscribers, options?: AppOption): Promise<AddedMembers>
  /** Answers how many were subscribed. @throws StateError PUSH_CHANNEL_UNKNOWN, PUSH_GROUP_UNKNOWN. */
  unsubscribe(name: string, subscribers: Subscribers, options?: AppOption): Promise<number>
  /** The devices that it reaches, and how it stands with each. @throws StateError PUSH_CHANNEL_UNKNOWN. */
  devices(name: string, options?: PageOptions): Promise<ChannelDeviceView[]>
  /** The ids of the users that are subscribed. @throws StateError PUSH_CHANNEL_UNKNOWN. */
  users(name: string, options?: PageOptions): Promise<string[]>
}

/** @internal So that the published types do not lead to those of the core. */
export function createChannelDirectory(core: Core): ChannelDirectory {
  return {
    put: (name, { app = 'default', ...settings } = {}) => core.channels.put({ app, name }, settings),
    change: (name, change, { app = 'default' } = {}) => core.channels.change({ app, name }, change),
    get: (name, { app = 'default' } = {}) => core.channels.view({ app, name }),
    list: ({ app = 'default', after, limit } = {}) => core.channels.list(app, { after, limit }),
    remove: (name, { app = 'default' } = {}) => core.channels.remove({ app, name }),
    async publish(name, { app = 'default', tx, ...options } = {}) {
      const { id } = await core.channels.publish({ app, name }, publicationOf(options), tx)
      return messageHandle(core, id)
    },
    dryRun: (name, { app = 'default', tx, ...options } = {}) =>
      core.channels.dryRun({ app, name }, publicationOf(options), tx),
    subscribe: (name, subscribers, { app = 'default' } = {}) => core.channels.subscribe({ app, name }, subscribers),
    unsubscribe: (name, subscribers, { app = 'default' } = {}) => core.channels.unsubscribe({ app, name }, subscribers),
    devices: (name, { app = 'default', after, limit } = {}) => core.channels.devices({ app, name }, { after, limit }),
    users: (name, { app = 'default', after, limit } = {}) => core.channels.users({ app, name }, { after, limit }),
  }
}

function publicationOf(options: ChannelPublishOptions) {
  const { ttl, skipUnfit, idempotencyKey } = options
  const { data: _data, collapseKey: _collapseKey, ...content } = contentOf({}, options)
  return { content, ttl, timing: timingOf(options), skipUnfit, idempotencyKey }
}
