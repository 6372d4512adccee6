// The devices of the demo, one of each push service, and what one of them received.
import type { DeviceService, InboxMessage } from '../../emulator/create-emulator.ts'

export interface DemoDevice {
  readonly service: DeviceService
  /** For people. */
  readonly name: string
  readonly deviceId: string
}

export const DEMO_DEVICES: readonly DemoDevice[] = [
  { service: 'c2dm', name: 'C2DM', deviceId: 'demo-c2dm-device' },
  { service: 'fcm', name: 'FCM', deviceId: 'demo-fcm-device' },
  { service: 'apns', name: 'APNs', deviceId: 'demo-apns-device' },
  { service: 'webpush', name: 'Web Push', deviceId: 'demo-webpush-device' },
]

/** The message for a device, as the API takes it. C2DM has data only. */
export function demoMessage({ service, name }: DemoDevice) {
  const greeting = `hello, ${name}`
  return { data: { greeting }, ...(service !== 'c2dm' && { notification: { title: 'Sendword', body: greeting } }) }
}

/** The application's data in what arrived; a browser finds it in the decrypted text. */
export function dataOf({ data, plaintext }: InboxMessage): unknown {
  if (plaintext === undefined) return data
  const { data: inside }: { readonly data?: unknown } = JSON.parse(plaintext)
  return inside
}
