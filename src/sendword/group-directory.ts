// Groups of devices.
import type { Core } from '../app/core.ts'
import type { GroupSummary, GroupView } from '../model/group.ts'
import type { AppOption } from './device-directory.ts'
import type { PageOptions } from './user-directory.ts'

export interface GroupMembers {
  /** Device ids, at most 500 in a call. */
  readonly devices?: readonly string[]
  /** Names of groups, at most 100 in one group, and at most 5 one within the other. */
  readonly groups?: readonly string[]
}

export interface AddedMembers {
  /** How many were not in before. */
  readonly added: number
  /** Device ids of which there is no device. */
  readonly unknown: readonly string[]
}

export interface GroupDirectory {
  /** Makes the group, unless there is one of this name, of at most 64 bytes. @throws InputError PUSH_REQUEST_INVALID. */
  put(name: string, options?: AppOption): Promise<GroupView>
  /** @throws StateError PUSH_GROUP_UNKNOWN. */
  get(name: string, options?: AppOption): Promise<GroupView>
  /** By name. */
  list(options?: PageOptions): Promise<GroupSummary[]>
  /** @throws StateError PUSH_GROUP_UNKNOWN, PUSH_NAME_TAKEN. */
  rename(name: string, newName: string, options?: AppOption): Promise<GroupView>
  /** Its devices stay. @throws StateError PUSH_GROUP_UNKNOWN. */
  remove(name: string, options?: AppOption): Promise<void>
  /** @throws StateError PUSH_GROUP_UNKNOWN, PUSH_GROUP_NESTING. @throws InputError PUSH_REQUEST_INVALID. */
  add(name: string, members: GroupMembers, options?: AppOption): Promise<AddedMembers>
  /** Takes members out; answers how many were in. @throws StateError PUSH_GROUP_UNKNOWN. */
  take(name: string, members: GroupMembers, options?: AppOption): Promise<number>
  /** The ids of the devices that are directly in it, in the order they were made. @throws StateError PUSH_GROUP_UNKNOWN. */
  devices(name: string, options?: PageOptions): Promise<string[]>
}

/** @internal So that the published types do not lead to those of the core. */
export function createGroupDirectory(core: Core): GroupDirectory {
  return {
    put: (name, { app = 'default' } = {}) => core.groups.put({ app, name }),
    get: (name, { app = 'default' } = {}) => core.groups.view({ app, name }),
    list: ({ app = 'default', after, limit } = {}) => core.groups.list(app, { after, limit }),
    rename: (name, newName, { app = 'default' } = {}) => core.groups.rename({ app, name }, newName),
    remove: (name, { app = 'default' } = {}) => core.groups.remove({ app, name }),
    add: (name, members, { app = 'default' } = {}) => core.groups.add({ app, name }, members),
    take: (name, members, { app = 'default' } = {}) => core.groups.take({ app, name }, members),
    devices: (name, { app = 'default', after, limit } = {}) => core.groups.devices({ app, name }, { after, limit }),
  }
}
