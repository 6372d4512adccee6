// A device that leaves: it goes with its address and its pending registration. Results stay until their retention ends.
import { StateError } from '../model/push-error.ts'
import { removeDevice } from '../store/devices.ts'
import type { RegistryContext } from './context.ts'

/** Throws StateError PUSH_DEVICE_UNKNOWN. */
export async function remove(context: RegistryContext, input: { app: string; deviceId: string }): Promise<void> {
  const removed = await removeDevice(context.database, input.app, input.deviceId)
  if (!removed) throw new StateError('PUSH_DEVICE_UNKNOWN')
  context.logger.info('A device was removed.', { app: input.app, deviceId: input.deviceId })
}
