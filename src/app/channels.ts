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
import { type PageQuery, readPage } from './page.ts'
import type { DirectoryInput } from './users.ts'

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

export function createChannels({ directory, publishing, assertApp }: ChannelsInput): Channels {
  return {
    async put(channel, settings) {
      assertApp(channel.app)
      return await keepChannel(directory, channel, settings)
    },
    async change(channel, change) {
      assertApp(channel.app)
      return await changeChannel(directory, channel, change)
    },
    async view(channel) {
      assertApp(channel.app)
      return await showChannel(directory, channel)
    },
    async remove(channel) {
      assertApp(channel.app)
      await dropChannel(directory, channel)
    },
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
    async subscribe(channel, subscribers) {
      assertApp(channel.app)
      return await subscribe(directory, channel, subscribers)
    },
    async unsubscribe(channel, subscribers) {
      assertApp(channel.app)
      return await unsubscribe(directory, channel, subscribers)
    },
    async devices(channel, page = {}) {
      assertApp(channel.app)
      return await devicesOfChannel(directory, channel, readPage(page))
    },
    async users(channel, page = {}) {
      assertApp(channel.app)
      return await usersOfChannel(directory, channel, readPage(page))
    },
  }
}
