// This browser is no device any more: the server forgets it, then the browser ends its subscription.
import { changeState, type DeviceState, readState } from '../shared/device-state.ts'
import { deleteRegistration } from '../shared/door.ts'
import { SendwordError } from '../shared/sendword-error.ts'
import { DEFAULT_SERVICE_WORKER, isSupported, knownWorker, type ServiceWorkerOption } from './service-worker.ts'

export interface UnsubscribeOptions {
  /** The one that `subscribe` was given. @default /sw.js */
  readonly serviceWorker?: ServiceWorkerOption
}

/**
 * Resolves with whether there was a subscription. The browser is unsubscribed also when the server cannot be told: then it
 * rejects with `unreachable`, and the server learns of it from the push service.
 */
export async function unsubscribe({ serviceWorker }: UnsubscribeOptions = {}): Promise<boolean> {
  if (!isSupported()) return false
  const registration = await knownWorker(serviceWorker ?? DEFAULT_SERVICE_WORKER)
  if (!registration) return false
  const { scope, pushManager } = registration
  const state = await readState(scope)
  try {
    if (state) await leave(state)
  } finally {
    const subscription = await pushManager.getSubscription()
    await subscription?.unsubscribe()
    await changeState(scope, () => undefined)
  }
  return state !== undefined
}

async function leave({ deviceId, deviceKey, ...place }: DeviceState): Promise<void> {
  // Without a key it has confirmed nothing, and the server forgets it by itself.
  if (deviceKey === undefined) return
  await deleteRegistration(place, deviceId, deviceKey).catch((error: unknown) => {
    // 403: the server has no such device any more, which is what we want.
    if (!(error instanceof SendwordError && error.status === 403)) throw error
  })
}
