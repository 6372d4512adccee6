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
import { type DirectoryInput, methodMaker } from './in-app.ts'
import { type PageQuery, readPage } from './page.ts'

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

export function createGroups(input: DirectoryInput): Groups {
  const { directory, assertApp } = input
  const method = methodMaker(input)
  return {
    put: method(keepGroup),
    rename: method(callGroup),
    view: method(showGroup),
    remove: method(dropGroup),
    async list(app, page = {}) {
      assertApp(app)
      return await listGroups(directory.database, { app, ...readPage(page) })
    },
    add: method(addToGroup),
    take: method(removeFromGroup),
    devices: method((context, group: GroupRef, page: PageQuery = {}) => devicesOfGroup(context, group, readPage(page))),
  }
}
