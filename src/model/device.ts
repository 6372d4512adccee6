// A device: one installation of an app, and the registrations that prove its address.
import { isStorableText } from './message.ts'

export type DeviceState = 'pending' | 'active'
export type RegistrationState = 'pending' | 'confirmed' | 'superseded' | 'expired'

/** Why a device counts as failed that nothing was heard of for long. */
export const STALE = 'stale'

/** Bytes (UTF-8) of a device id: the bounds that django-c2dm set. */
export const DEVICE_ID_BYTES = { min: 8, max: 64 } as const

export function isDeviceId(text: string): boolean {
  const bytes = Buffer.byteLength(text)
  return bytes >= DEVICE_ID_BYTES.min && bytes <= DEVICE_ID_BYTES.max && isStorableText(text) && !hasControl(text)
}

/** C0 controls and DEL: they break logs, headers and terminals. */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

/** What operators and applications see of a device. Never its address. */
export interface DeviceView {
  readonly deviceId: string
  readonly app: string
  readonly transport: string
  readonly state: DeviceState
  /** True when the live address is dead; the device can be reached again once it registers anew. */
  readonly failed: boolean
  readonly failedReason: string | undefined
  readonly failedAt: Date | undefined
  readonly userId: string | undefined
  readonly locale: string | undefined
  readonly timeZone: string | undefined
  readonly appVersion: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: Date
  readonly confirmedAt: Date | undefined
  readonly lastSeenAt: Date
  readonly lastMessageAt: Date | undefined
}
