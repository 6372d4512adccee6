// A device that leaves: it goes with its address and its pending registration. Results stay until their retention ends.

import { isDeviceKey } from '../model/device-key.ts'
import { StateError } from '../model/push-error.ts'
import { lockDevice, removeDevice } from '../store/devices.ts'
import type { RegistryContext } from './context.ts'

/** A device that leaves by itself. Throws StateError PUSH_DEVICE_KEY_REFUSED, also for a device that is not there. */
export async function leave(
  context: RegistryContext,
  { app, deviceId, deviceKey }: { app: string; deviceId: string; deviceKey: string },
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const device = await lockDevice(tx, app, deviceId)
    if (!device || !isDeviceKey(deviceKey, device.keyHash)) throw new StateError('PUSH_DEVICE_KEY_REFUSED')
    await removeDevice(tx, app, deviceId)
  })
  context.logger.info('A device left.', { app, deviceId })
}

/** Throws StateError PUSH_DEVICE_UNKNOWN. */
export async function remove(context: RegistryContext, input: { app: string; deviceId: string }): Promise<void> {
  const removed = await removeDevice(context.database, input.app, input.deviceId)
  if (!removed) throw new StateError('PUSH_DEVICE_UNKNOWN')
  context.logger.info('A device was removed.', { app: input.app, deviceId: input.deviceId })
}
