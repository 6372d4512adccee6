// What happened in the registry or in delivery that an application may want to know. Raised in the process where it
// happened, after it was committed.
import type { TransportName } from './address.ts'

export type SendwordEvent =
  /** A device's first address was confirmed. */
  | { readonly type: 'device.confirmed'; readonly app: string; readonly deviceId: string }
  /** A confirmed address took the place of a live one. */
  | { readonly type: 'device.replaced'; readonly app: string; readonly deviceId: string }
  /** A confirmed address would take the place of a live one and waits for `devices approve`. */
  | { readonly type: 'device.approval-needed'; readonly app: string; readonly deviceId: string }
  /** Another device confirmed the address that this one held. */
  | { readonly type: 'device.address-taken'; readonly app: string; readonly deviceId: string }
  /** The push service said that the device has another address now. */
  | { readonly type: 'device.address-replaced'; readonly app: string; readonly deviceId: string }
  /** The push service said that the device's address is dead. */
  | { readonly type: 'device.failed'; readonly app: string; readonly deviceId: string; readonly reason: string }
  /** The push service refused the app's credential; the transport is paused. */
  | {
      readonly type: 'transport.paused'
      readonly app: string
      readonly transport: TransportName
      readonly reason: string
    }
  | { readonly type: 'transport.resumed'; readonly app: string; readonly transport: TransportName }
  /** Nothing was heard of these devices for long; messages skip them until they register anew. */
  | { readonly type: 'devices.stale'; readonly app: string; readonly deviceIds: readonly string[] }
  /** So many of so many addresses were called dead that none is deactivated any more; `restored` devices are live again. */
  | {
      readonly type: 'transport.breaker-opened'
      readonly app: string
      readonly transport: TransportName
      readonly sends: number
      readonly dead: number
      readonly restored: number
    }
  /** Dead addresses are deactivated again. */
  | { readonly type: 'transport.breaker-closed'; readonly app: string; readonly transport: TransportName }

export type RaiseEvent = (event: SendwordEvent) => void
