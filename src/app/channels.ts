// Channels as the library and the doors use them.
import type { CallerTransaction } from '../model/caller-transaction.ts'
import type { ChannelDeviceView, ChannelSummary, ChannelView } from '../model/channel.ts'
import type { AcceptContext, Accepted } from '../publishing/accept.ts'
import {
  type ChannelChange,
  type ChannelRef,
  type ChannelSettings,
  changeChannel,
  dropChannel,
  keepChannel,
  showChannel,
} from '../publishing/channels.ts'
import { type DryRun, dryRunOfChannel } from '../publishing/dry-run.ts'
import { type Publication, publishChannel } from '../publishing/publish-channel.ts'
import {
  devicesOfChannel,
  type Subscribers,
  subscribe,
  unsubscribe,
  usersOfChannel,
} from '../publishing/subscriptions.ts'
import { adoptTransaction } from '../queue/caller-transaction.ts'
import { listChannels } from '../store/channels.ts'
import type { Added } from '../store/members.ts'
import { type DirectoryInput, methodMaker } from './in-app.ts'
import { type PageQuery, readPage } from './page.ts'

export interface Channels {
  /**
   * Makes the channel, or gives the one of this name this content and these settings. Throws PUSH_REQUEST_INVALID,
   * PUSH_MESSAGE_INVALID, PUSH_MESSAGE_TOO_BIG.
   */
  put(channel: ChannelRef, settings: ChannelSettings): Promise<ChannelView>
  /** Throws PUSH_CHANNEL_UNKNOWN, PUSH_NAME_TAKEN, and what `put` throws. */
  change(channel: ChannelRef, change: ChannelChange): Promise<ChannelView>
  /** Throws PUSH_CHANNEL_UNKNOWN. */
  view(channel: ChannelRef): Promise<ChannelView>
  /** What it has sent stays. Throws PUSH_CHANNEL_UNKNOWN. */
  remove(channel: ChannelRef): Promise<void>
  /** By name. */
  list(app: string, page?: PageQuery): Promise<ChannelSummary[]>
  /**
   * Accepts its content of now for all whom it reaches. Throws PUSH_CHANNEL_UNKNOWN, PUSH_CHANNEL_EMPTY, and what
   * accepting a message throws.
   */
  publish(channel: ChannelRef, publication?: Publication, tx?: CallerTransaction): Promise<Accepted>
  /** Whom publishing it would reach, and with what. Throws what `publish` throws, and stores nothing. */
  dryRun(channel: ChannelRef, publication?: Publication, tx?: CallerTransaction): Promise<DryRun>
  /** Throws PUSH_CHANNEL_UNKNOWN, PUSH_GROUP_UNKNOWN, PUSH_REQUEST_INVALID. */
  subscribe(channel: ChannelRef, subscribers: Subscribers): Promise<Added>
  /** Answers how many were subscribed. Throws as `subscribe`. */
  unsubscribe(channel: ChannelRef, subscribers: Subscribers): Promise<number>
  /** The devices that it reaches, by whatever way. Throws PUSH_CHANNEL_UNKNOWN. */
  devices(channel: ChannelRef, page?: PageQuery): Promise<ChannelDeviceView[]>
  /** The ids of the users that are subscribed. Throws PUSH_CHANNEL_UNKNOWN. */
  users(channel: ChannelRef, page?: PageQuery): Promise<string[]>
}

export interface ChannelsInput extends DirectoryInput {
  readonly publishing: AcceptContext
}

export function createChannels(input: ChannelsInput): Channels {
  const { directory, publishing, assertApp } = input
  const method = methodMaker(input)
  return {
    put: method(keepChannel),
    change: method(changeChannel),
    view: method(showChannel),
    remove: method(dropChannel),
    async list(app, page = {}) {
      assertApp(app)
      return await listChannels(directory.database, { app, ...readPage(page) })
    },
    async publish(channel, publication = {}, transaction) {
      assertApp(channel.app)
      if (transaction !== undefined) {
        return await publishChannel(publishing, await adoptTransaction(transaction), channel, publication)
      }
      return await directory.database.transaction((tx) => publishChannel(publishing, tx, channel, publication))
    },
    async dryRun(channel, publication = {}, transaction) {
      assertApp(channel.app)
      const tx = transaction === undefined ? directory.database : await adoptTransaction(transaction)
      return await dryRunOfChannel(publishing, tx, channel, publication)
    },
    subscribe: method(subscribe),
    unsubscribe: method(unsubscribe),
    devices: method((context, channel: ChannelRef, page: PageQuery = {}) =>
      devicesOfChannel(context, channel, readPage(page)),
    ),
    users: method((context, channel: ChannelRef, page: PageQuery = {}) =>
      usersOfChannel(context, channel, readPage(page)),
    ),
  }
}
