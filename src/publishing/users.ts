// What an application tells of its users: their language, time zone and labels, and which devices are theirs.
import { checkAttributes } from '../model/device-attributes.ts'
import { assertUserId } from '../model/name.ts'
import { InputError, StateError } from '../model/push-error.ts'
import type { UserAttributes, UserView } from '../model/user.ts'
import { bindDevice, putUser, removeUser, unbindDevice, viewUser } from '../store/users.ts'
import type { DirectoryContext } from './directory-context.ts'

export interface UserRef {
  readonly app: string
  readonly userId: string
}

/** Puts these attributes in the place of all that was known of the user. Throws PUSH_REQUEST_INVALID. */
export async function keepUser(
  { database, clock }: DirectoryContext,
  { app, userId }: UserRef,
  given: UserAttributes,
): Promise<UserView> {
  assertUserId(userId)
  const attributes = check(given)
  return await database.transaction(async (tx) => {
    await putUser(tx, { app, userId, attributes, at: new Date(clock.now()) })
    const view = await viewUser(tx, app, userId)
    if (!view) throw new StateError('PUSH_USER_UNKNOWN')
    return view
  })
}

/** The same bounds as a registration's, in a request of another kind. */
function check({ locale, timeZone, labels }: UserAttributes): UserAttributes {
  try {
    return checkAttributes({ locale, timeZone, labels })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError('PUSH_REQUEST_INVALID', { detail: error.detail })
  }
}

/** Throws PUSH_USER_UNKNOWN. */
export async function showUser({ database }: DirectoryContext, { app, userId }: UserRef): Promise<UserView> {
  assertUserId(userId)
  const view = await viewUser(database, app, userId)
  if (!view) throw new StateError('PUSH_USER_UNKNOWN')
  return view
}

/** His devices stay, and are nobody's; his subscriptions end. Throws PUSH_USER_UNKNOWN. */
export async function forgetUser({ database }: DirectoryContext, { app, userId }: UserRef): Promise<void> {
  assertUserId(userId)
  const found = await database.transaction((tx) => removeUser(tx, app, userId))
  if (!found) throw new StateError('PUSH_USER_UNKNOWN')
}

/** Makes the device this user's and no other's. Throws PUSH_DEVICE_UNKNOWN. */
export async function bindToUser(
  { database }: DirectoryContext,
  { app, userId }: UserRef,
  deviceId: string,
): Promise<void> {
  assertUserId(userId)
  if (!(await bindDevice(database, app, deviceId, userId))) throw new StateError('PUSH_DEVICE_UNKNOWN')
}

/** Throws PUSH_DEVICE_UNKNOWN when it is not this user's device. */
export async function unbindFromUser(
  { database }: DirectoryContext,
  { app, userId }: UserRef,
  deviceId: string,
): Promise<void> {
  assertUserId(userId)
  if (await unbindDevice(database, app, deviceId, userId)) return
  throw new StateError('PUSH_DEVICE_UNKNOWN', { detail: 'The user has no such device.' })
}
