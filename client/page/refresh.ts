// At the start of a page: whatever changed since the last visit is made good, and nobody is asked.
import { type DeviceState, readState } from '../shared/device-state.ts'
import { fetchServerKey } from '../shared/door.ts'
import { isFor } from '../shared/push-subscription.ts'
import { DEFAULT_SERVICE_WORKER, isSupported, knownWorker } from './service-worker.ts'
import { enrol, type Subscribed, type SubscribeOptions } from './subscribe.ts'

/** The same that `subscribe` was given. */
export type RefreshOptions = SubscribeOptions

/** So often the server hears of a browser that has not changed: it forgets those it has not heard of for months. */
const AGAIN_AFTER_MS = 24 * 60 * 60 * 1000

/**
 * Registers anew when the subscription, the server’s key or the server changed, when the handshake was never completed, and
 * once a day. Undefined: this browser is not subscribed, or may not be any more.
 */
export async function refresh(options: RefreshOptions): Promise<Subscribed | undefined> {
  if (!isSupported() || Notification.permission !== 'granted') return undefined
  const registration = await knownWorker(options.serviceWorker ?? DEFAULT_SERVICE_WORKER)
  const state = registration && (await readState(registration.scope))
  if (!registration || !state) return undefined
  const subscription = await registration.pushManager.getSubscription()
  if (subscription && (await isInForce(state, subscription))) return { deviceId: state.deviceId, subscription }
  return await enrol(registration, options)
}

async function isInForce(state: DeviceState, subscription: PushSubscription): Promise<boolean> {
  const { isLive, endpoint, registeredAt = 0 } = state
  if (!isLive || endpoint !== subscription.endpoint || Date.now() - registeredAt > AGAIN_AFTER_MS) return false
  return isFor(subscription, await fetchServerKey(state))
}
