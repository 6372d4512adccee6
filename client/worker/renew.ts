// The browser changed the subscription by itself: the server is told, with the key that proves who this device was.
import { readState } from '../shared/device-state.ts'
import { fetchServerKey } from '../shared/door.ts'
import { subscriptionFor } from '../shared/push-subscription.ts'
import { register } from '../shared/register.ts'
import { worker } from './scope.ts'

export async function renew(): Promise<void> {
  const { registration } = worker
  const { scope } = registration
  const state = await readState(scope)
  // Unsubscribed, or never subscribed through Sendword.
  if (!state) return
  const serverKey = await fetchServerKey(state)
  // Some browsers bring the new subscription along, for the key of the old one; this finds it, if that is still the key.
  const subscription = await subscriptionFor(registration, serverKey)
  await register({ scope, subscription, serverKey })
}
