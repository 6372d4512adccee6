// How the control API shows what is in the emulator.
import type { EmulatedApns } from '../apns/apns-service.ts'
import type { EmulatedDevice } from '../devices/emulated-device.ts'
import type { MovableClock } from '../emulated-clock.ts'
import type { EmulatedFcm } from '../fcm/fcm-service.ts'

export function deviceBody(device: EmulatedDevice) {
  const { id, service, kind, environment, address, registrationId, subscription, state, waiting, dropped } = device
  const { inboxSize: inbox, lastSequence: last } = device
  const who = { id, service, kind, environment, address, registrationId, subscription }
  return { ...who, state, waiting, dropped, inbox, last }
}

export function clockBody(clock: MovableClock) {
  return { now: clock.now(), ahead: clock.ahead }
}

export function fcmBody({ maxStreams, connections, isRevoked }: EmulatedFcm) {
  return { maxStreams, connections, serviceAccount: isRevoked ? 'revoked' : 'active' }
}

export function apnsBody({ maxStreams, firstStreams, connections, isRevoked }: EmulatedApns) {
  return { maxStreams, firstStreams, connections, key: isRevoked ? 'revoked' : 'active' }
}
