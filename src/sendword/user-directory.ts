// Users: what an application tells of them, and whose its devices are.
import type { Core } from '../app/core.ts'
import type { UserAttributes, UserView } from '../model/user.ts'
import { type AppOption, type Device, toDevice } from './device-directory.ts'

export interface PageOptions extends AppOption {
  /** What ended the page before: its last device id, name or user id. */
  readonly after?: string
  /** 1 to 1000. Default 100. */
  readonly limit?: number
}

export interface UserDirectory {
  /**
   * Tells all that is known of a user; what is left out is known no longer. What a device says of itself goes before it.
   * @param userId Yours, at most 255 bytes.
   * @throws InputError PUSH_REQUEST_INVALID.
   */
  put(userId: string, attributes: UserAttributes, options?: AppOption): Promise<UserView>
  /** @throws StateError PUSH_USER_UNKNOWN. */
  get(userId: string, options?: AppOption): Promise<UserView>
  /** Those of whom something is known, or who have a device, by their ids. */
  list(options?: PageOptions): Promise<UserView[]>
  /** Forgets the user and its subscriptions; its devices stay, and are nobody's. @throws StateError PUSH_USER_UNKNOWN. */
  remove(userId: string, options?: AppOption): Promise<void>
  /** In the order they were made. */
  devices(userId: string, options?: PageOptions): Promise<Device[]>
  /** Makes a device this user's, and no other's. @throws StateError PUSH_DEVICE_UNKNOWN. */
  bind(userId: string, deviceId: string, options?: AppOption): Promise<void>
  /** Makes it nobody's, when the user logs out. @throws StateError PUSH_DEVICE_UNKNOWN when it is not this user's. */
  unbind(userId: string, deviceId: string, options?: AppOption): Promise<void>
}

/** @internal So that the published types do not lead to those of the core. */
export function createUserDirectory(core: Core): UserDirectory {
  return {
    put: (userId, attributes, { app = 'default' } = {}) => core.users.put({ app, userId }, attributes),
    get: (userId, { app = 'default' } = {}) => core.users.view({ app, userId }),
    list: ({ app = 'default', after, limit } = {}) => core.users.list(app, { after, limit }),
    remove: (userId, { app = 'default' } = {}) => core.users.remove({ app, userId }),
    async devices(userId, { app = 'default', after, limit } = {}) {
      const views = await core.users.devices({ app, userId }, { after, limit })
      return views.map((view) => toDevice(core, view))
    },
    bind: (userId, deviceId, { app = 'default' } = {}) => core.users.bind({ app, userId }, deviceId),
    unbind: (userId, deviceId, { app = 'default' } = {}) => core.users.unbind({ app, userId }, deviceId),
  }
}
