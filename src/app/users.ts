// Users as the library and the doors use them.
import type { DeviceView } from '../model/device.ts'
import { assertUserId } from '../model/name.ts'
import type { UserAttributes, UserView } from '../model/user.ts'
import { bindToUser, forgetUser, keepUser, showUser, type UserRef, unbindFromUser } from '../publishing/users.ts'
import { listDevices } from '../store/devices.ts'
import { listUsers } from '../store/users.ts'
import { type DirectoryInput, methodMaker } from './in-app.ts'
import { type PageQuery, readPage } from './page.ts'

export interface Users {
  /** Puts these attributes in the place of all that was known of the user. Throws PUSH_REQUEST_INVALID. */
  put(user: UserRef, attributes: UserAttributes): Promise<UserView>
  /** Throws PUSH_USER_UNKNOWN. */
  view(user: UserRef): Promise<UserView>
  /** Those of whom something is known, or who have a device, by their ids. */
  list(app: string, page?: PageQuery): Promise<UserView[]>
  /** His devices stay, and are nobody's; his subscriptions end. Throws PUSH_USER_UNKNOWN. */
  remove(user: UserRef): Promise<void>
  /** In the order they were made. */
  devices(user: UserRef, page?: PageQuery): Promise<DeviceView[]>
  /** Makes the device this user's, and no other's. Throws PUSH_DEVICE_UNKNOWN. */
  bind(user: UserRef, deviceId: string): Promise<void>
  /** Throws PUSH_DEVICE_UNKNOWN when it is not this user's. */
  unbind(user: UserRef, deviceId: string): Promise<void>
}

export function createUsers(input: DirectoryInput): Users {
  const { directory, assertApp } = input
  const method = methodMaker(input)
  return {
    put: method(keepUser),
    view: method(showUser),
    async list(app, page = {}) {
      assertApp(app)
      return await listUsers(directory.database, { app, ...readPage(page) })
    },
    remove: method(forgetUser),
    devices: method(async ({ database }, { app, userId }: UserRef, page: PageQuery = {}) => {
      assertUserId(userId)
      return await listDevices(database, { app, userId, ...readPage(page) })
    }),
    bind: method(bindToUser),
    unbind: method(unbindFromUser),
  }
}
