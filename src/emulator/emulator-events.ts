// What happens in an emulator, told to whoever listens: the phones on the page, and the control API's stream of events.
import type { EmulatedDevice } from './devices/emulated-device.ts'
import type { InboxMessage } from './devices/virtual-device.ts'
import type { Fault } from './faults/fault-book.ts'
import type { RequestRecord } from './server/request-journal.ts'

export type EmulatorEvent =
  /** A device is new, or something about it has changed. */
  | { readonly type: 'device'; readonly device: EmulatedDevice }
  | { readonly type: 'device-removed'; readonly id: string }
  | { readonly type: 'message'; readonly device: EmulatedDevice; readonly message: InboxMessage }
  | { readonly type: 'request'; readonly request: RequestRecord }
  /** A fault rule is new, or has struck. */
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'fault-removed'; readonly id: string }
  /** The clock has been moved: what waited may be gone. */
  | { readonly type: 'clock' }
  /** Requests were forgotten, or everything was. */
  | { readonly type: 'cleared' }

export interface EmulatorEvents {
  publish(event: EmulatorEvent): void
  /** Returns what ends it. */
  subscribe(listener: (event: EmulatorEvent) => void): () => void
}

export function createEmulatorEvents(): EmulatorEvents {
  const listeners = new Set<(event: EmulatorEvent) => void>()
  return {
    publish(event) {
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
