// Who gets what a channel publishes: devices, all devices of users, and all devices of groups.
import type { Tx } from '../database/tx.ts'
import { type ChannelDeviceView, MAX_CHANNEL_GROUPS } from '../model/channel.ts'
import { assertUserId } from '../model/name.ts'
import { InputError } from '../model/push-error.ts'
import { type Added, addMembers, removeMembers } from '../store/members.ts'
import {
  countSubscribedGroups,
  listReached,
  listSubscribedUsers,
  subscribeGroups,
  subscribeUsers,
  unsubscribeGroups,
  unsubscribeUsers,
} from '../store/subscriptions.ts'
import { type ChannelRef, rowOf } from './channels.ts'
import { assertDeviceIds, assertFew, type DirectoryContext } from './directory-context.ts'
import { idsOfGroups } from './groups.ts'

export interface Subscribers {
  /** Device ids. */
  readonly devices?: readonly string[] | undefined
  /** Ids of users; nothing need be known of them yet. */
  readonly users?: readonly string[] | undefined
  /** Names of groups. */
  readonly groups?: readonly string[] | undefined
}

/** Devices that are not there are told, groups that are not there refused. Throws PUSH_CHANNEL_UNKNOWN. */
export async function subscribe(
  { database }: DirectoryContext,
  { app, name }: ChannelRef,
  subscribers: Subscribers,
): Promise<Added> {
  assertSubscribers(subscribers)
  const { devices = [], users = [], groups = [] } = subscribers
  return await database.transaction(async (tx) => {
    const { id } = await rowOf(tx, { app, name })
    const others = (await subscribeUsers(tx, id, users)) + (await addGroups(tx, { app, id }, groups))
    const { added, unknown } = await addMembers(tx, { of: 'channel', id }, { app, deviceIds: devices })
    return { added: added + others, unknown }
  })
}

async function addGroups(tx: Tx, { app, id }: { app: string; id: string }, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0
  const added = await subscribeGroups(tx, id, await idsOfGroups(tx, app, names))
  if ((await countSubscribedGroups(tx, id)) > MAX_CHANNEL_GROUPS) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: `A channel has at most ${MAX_CHANNEL_GROUPS} groups.` })
  }
  return added
}

/** Answers how many were subscribed. Throws PUSH_CHANNEL_UNKNOWN, PUSH_GROUP_UNKNOWN. */
export async function unsubscribe(
  { database }: DirectoryContext,
  { app, name }: ChannelRef,
  subscribers: Subscribers,
): Promise<number> {
  assertSubscribers(subscribers)
  const { devices = [], users = [], groups = [] } = subscribers
  return await database.transaction(async (tx) => {
    const { id } = await rowOf(tx, { app, name })
    const fewer = await unsubscribeUsers(tx, id, users)
    const groupIds = groups.length === 0 ? [] : await idsOfGroups(tx, app, groups)
    return (
      fewer +
      (await unsubscribeGroups(tx, id, groupIds)) +
      (await removeMembers(tx, { of: 'channel', id }, { app, deviceIds: devices }))
    )
  })
}

function assertSubscribers({ devices = [], users = [], groups = [] }: Subscribers): void {
  assertDeviceIds(devices)
  assertFew('users', users)
  assertFew('groups', groups)
  for (const user of users) assertUserId(user)
}

interface PageInput {
  readonly after: string | undefined
  readonly limit: number
}

/** The users that are subscribed, by their ids. Throws PUSH_CHANNEL_UNKNOWN. */
export async function usersOfChannel(
  { database }: DirectoryContext,
  { app, name }: ChannelRef,
  page: PageInput,
): Promise<string[]> {
  const { id } = await rowOf(database, { app, name })
  return await listSubscribedUsers(database, id, page)
}

/** The devices that it reaches, by whatever way. Throws PUSH_CHANNEL_UNKNOWN. */
export async function devicesOfChannel(
  { database, clock }: DirectoryContext,
  { app, name }: ChannelRef,
  page: PageInput,
): Promise<ChannelDeviceView[]> {
  const { id } = await rowOf(database, { app, name })
  return await listReached(database, id, { app, ...page, at: new Date(clock.now()) })
}
