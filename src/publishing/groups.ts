// Groups of devices, which may be parts of one another: never in a circle, and not too deep.
import type { Tx } from '../database/tx.ts'
import { type GroupView, MAX_GROUP_DEPTH, MAX_GROUP_PARTS } from '../model/group.ts'
import { assertName } from '../model/name.ts'
import { InputError, StateError } from '../model/push-error.ts'
import {
  addParts,
  countParts,
  findGroups,
  type GroupRow,
  insertGroup,
  lockGroups,
  measureNesting,
  removeGroup,
  removeParts,
  renameGroup,
  viewGroup,
} from '../store/groups.ts'
import { type Added, addMembers, listMembers, type MemberPage, removeMembers } from '../store/members.ts'
import { uuidv7 } from '../util/ids.ts'
import { assertDeviceIds, assertFew, type DirectoryContext } from './directory-context.ts'

export interface GroupRef {
  readonly app: string
  readonly name: string
}

export interface GroupMembers {
  /** Device ids. */
  readonly devices?: readonly string[] | undefined
  /** Names of groups. */
  readonly groups?: readonly string[] | undefined
}

/** Makes the group unless it is there. Throws PUSH_REQUEST_INVALID. */
export async function keepGroup(
  { database, clock, random }: DirectoryContext,
  { app, name }: GroupRef,
): Promise<GroupView> {
  assertName('group', name)
  const at = new Date(clock.now())
  return await database.transaction(async (tx) => {
    await lockGroups(tx, app)
    await insertGroup(tx, { id: uuidv7(clock, random), app, name, at })
    return found(await viewGroup(tx, app, name))
  })
}

/** Throws PUSH_GROUP_UNKNOWN. */
export async function showGroup({ database }: DirectoryContext, { app, name }: GroupRef): Promise<GroupView> {
  assertName('group', name)
  return found(await viewGroup(database, app, name))
}

/** Throws PUSH_GROUP_UNKNOWN, PUSH_NAME_TAKEN. */
export async function callGroup(
  { database }: DirectoryContext,
  { app, name }: GroupRef,
  newName: string,
): Promise<GroupView> {
  assertName('group', newName)
  return await database.transaction(async (tx) => {
    await lockGroups(tx, app)
    const group = await rowOf(tx, { app, name })
    if (name !== newName && (await findGroups(tx, app, [newName])).length > 0) {
      throw new StateError('PUSH_NAME_TAKEN', { detail: 'There is another group of this name.' })
    }
    await renameGroup(tx, group.id, newName)
    return found(await viewGroup(tx, app, newName))
  })
}

/** Its devices stay. Throws PUSH_GROUP_UNKNOWN. */
export async function dropGroup({ database }: DirectoryContext, { app, name }: GroupRef): Promise<void> {
  assertName('group', name)
  if (!(await removeGroup(database, app, name))) throw new StateError('PUSH_GROUP_UNKNOWN')
}

/** Adds devices and groups. Devices that are not there are told, groups that are not there refused. */
export async function addToGroup(
  { database }: DirectoryContext,
  { app, name }: GroupRef,
  { devices = [], groups = [] }: GroupMembers,
): Promise<Added> {
  assertDeviceIds(devices)
  assertFew('groups', groups)
  return await database.transaction(async (tx) => {
    if (groups.length > 0) await lockGroups(tx, app)
    const { id } = await rowOf(tx, { app, name })
    const parts = await nest(tx, { app, id }, groups)
    const { added, unknown } = await addMembers(tx, { of: 'group', id }, { app, deviceIds: devices })
    return { added: added + parts, unknown }
  })
}

async function nest(tx: Tx, { app, id }: { app: string; id: string }, names: readonly string[]): Promise<number> {
  if (names.length === 0) return 0
  const added = await addParts(tx, id, await idsOfGroups(tx, app, names))
  if ((await countParts(tx, id)) > MAX_GROUP_PARTS) {
    throw new InputError('PUSH_REQUEST_INVALID', { detail: `A group has at most ${MAX_GROUP_PARTS} groups as parts.` })
  }
  const { depth, isCircular } = await measureNesting(tx, id, MAX_GROUP_DEPTH)
  if (isCircular) throw new StateError('PUSH_GROUP_NESTING', { detail: 'The group would be a part of itself.' })
  if (depth > MAX_GROUP_DEPTH) {
    throw new StateError('PUSH_GROUP_NESTING', {
      detail: `More than ${MAX_GROUP_DEPTH} groups would lie one within the other.`,
    })
  }
  return added
}

/** Answers how many were in it. Throws PUSH_GROUP_UNKNOWN. */
export async function removeFromGroup(
  { database }: DirectoryContext,
  { app, name }: GroupRef,
  { devices = [], groups = [] }: GroupMembers,
): Promise<number> {
  assertDeviceIds(devices)
  assertFew('groups', groups)
  return await database.transaction(async (tx) => {
    const { id } = await rowOf(tx, { app, name })
    const parts = groups.length === 0 ? 0 : await removeParts(tx, id, await idsOfGroups(tx, app, groups))
    return parts + (await removeMembers(tx, { of: 'group', id }, { app, deviceIds: devices }))
  })
}

/** The ids of the devices that are directly in it. Throws PUSH_GROUP_UNKNOWN. */
export async function devicesOfGroup(
  { database }: DirectoryContext,
  { app, name }: GroupRef,
  page: Omit<MemberPage, 'app'>,
): Promise<string[]> {
  const { id } = await rowOf(database, { app, name })
  return await listMembers(database, { of: 'group', id }, { app, ...page })
}

/** The row ids of groups. Throws PUSH_GROUP_UNKNOWN, which names the first that is not there. */
export async function idsOfGroups(tx: Tx, app: string, names: readonly string[]): Promise<string[]> {
  for (const name of names) assertName('group', name)
  const rows = await findGroups(tx, app, names)
  const known = new Set(rows.map(({ name }) => name))
  const missing = names.findIndex((name) => !known.has(name))
  if (missing === -1) return rows.map(({ id }) => id)
  throw new StateError('PUSH_GROUP_UNKNOWN', { detail: `There is no group of the name that groups.${missing} gives.` })
}

async function rowOf(tx: Tx, { app, name }: GroupRef): Promise<GroupRow> {
  assertName('group', name)
  const [row] = await findGroups(tx, app, [name])
  if (!row) throw new StateError('PUSH_GROUP_UNKNOWN')
  return row
}

function found(view: GroupView | undefined): GroupView {
  if (!view) throw new StateError('PUSH_GROUP_UNKNOWN')
  return view
}
