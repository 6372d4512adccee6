// Groups as the library and the doors use them.
import type { GroupSummary, GroupView } from '../model/group.ts'
import {
  addToGroup,
  callGroup,
  devicesOfGroup,
  dropGroup,
  type GroupMembers,
  type GroupRef,
  keepGroup,
  removeFromGroup,
  showGroup,
} from '../publishing/groups.ts'
import { listGroups } from '../store/groups.ts'
import type { Added } from '../store/members.ts'
import { type PageQuery, readPage } from './page.ts'
import type { DirectoryInput } from './users.ts'

export interface Groups {
  /** Makes the group unless it is there. Throws PUSH_REQUEST_INVALID. */
  put(group: GroupRef): Promise<GroupView>
  /** Throws PUSH_GROUP_UNKNOWN, PUSH_NAME_TAKEN. */
  rename(group: GroupRef, name: string): Promise<GroupView>
  /** Throws PUSH_GROUP_UNKNOWN. */
  view(group: GroupRef): Promise<GroupView>
  /** Its devices stay. Throws PUSH_GROUP_UNKNOWN. */
  remove(group: GroupRef): Promise<void>
  /** By name. */
  list(app: string, page?: PageQuery): Promise<GroupSummary[]>
  /** Throws PUSH_GROUP_UNKNOWN, PUSH_GROUP_NESTING, PUSH_REQUEST_INVALID. */
  add(group: GroupRef, members: GroupMembers): Promise<Added>
  /** Answers how many were in it. Throws PUSH_GROUP_UNKNOWN, PUSH_REQUEST_INVALID. */
  take(group: GroupRef, members: GroupMembers): Promise<number>
  /** Ids of the devices that are directly in it. Throws PUSH_GROUP_UNKNOWN. */
  devices(group: GroupRef, page?: PageQuery): Promise<string[]>
}

export function createGroups({ directory, assertApp }: DirectoryInput): Groups {
  return {
    async put(group) {
      assertApp(group.app)
      return await keepGroup(directory, group)
    },
    async rename(group, name) {
      assertApp(group.app)
      return await callGroup(directory, group, name)
    },
    async view(group) {
      assertApp(group.app)
      return await showGroup(directory, group)
    },
    async remove(group) {
      assertApp(group.app)
      await dropGroup(directory, group)
    },
    async list(app, page = {}) {
      assertApp(app)
      return await listGroups(directory.database, { app, ...readPage(page) })
    },
    async add(group, members) {
      assertApp(group.app)
      return await addToGroup(directory, group, members)
    },
    async take(group, members) {
      assertApp(group.app)
      return await removeFromGroup(directory, group, members)
    },
    async devices(group, page = {}) {
      assertApp(group.app)
      return await devicesOfGroup(directory, group, readPage(page))
    },
  }
}
