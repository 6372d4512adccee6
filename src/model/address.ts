// Where a push service reaches one installation: the registration id, token or subscription that the service gave.
import { createHash } from 'node:crypto'

/** A transport joins this list, and the union below, with its folder in transports/. */
export const TRANSPORT_NAMES = ['c2dm', 'fcm', 'apns', 'webpush'] as const
export type TransportName = (typeof TRANSPORT_NAMES)[number]

export interface Address {
  readonly transport: TransportName
  /** Opaque to us; compared byte by byte. */
  readonly value: string
}

/** What indexes hold instead of the address itself, which may be longer than an index entry can be. */
export function addressHash(address: Address): Buffer {
  return createHash('sha256').update(address.transport).update('\0').update(address.value).digest()
}
