// What the operations on users, groups and channels work with, and the bounds that they share.
import type { Database } from '../database/tx.ts'
import { isDeviceId } from '../model/device.ts'
import { InputError } from '../model/push-error.ts'
import type { TransportRules } from '../model/transport.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'

export interface DirectoryContext {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  /** The rules of the push services that an app has. */
  readonly rulesFor: (app: string) => readonly TransportRules[]
}

/** Devices, users or groups that one request may add or remove: so many hashes are within a request's 64 KiB. */
const MAX_MEMBERS_A_REQUEST = 500

/** Throws InputError PUSH_REQUEST_INVALID. */
export function assertFew(name: string, { length }: { readonly length: number }): void {
  if (length <= MAX_MEMBERS_A_REQUEST) return
  throw new InputError('PUSH_REQUEST_INVALID', {
    detail: `${name} has ${length} entries; at most ${MAX_MEMBERS_A_REQUEST} in a request.`,
  })
}

/** Throws InputError PUSH_REQUEST_INVALID. */
export function assertDeviceIds(devices: readonly string[]): void {
  assertFew('devices', devices)
  const wrong = devices.findIndex((id) => !isDeviceId(id))
  if (wrong === -1) return
  throw new InputError('PUSH_REQUEST_INVALID', { detail: `devices.${wrong} cannot be a device id.` })
}
