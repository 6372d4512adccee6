// Claims the subscription’s address at the server, from the page or, when the subscription changes by itself, from the
// worker.
import { changeState, type DeviceState, readState } from './device-state.ts'
import { postRegistration } from './door.ts'
import { SendwordError } from './sendword-error.ts'

export interface RegisterInput {
  readonly scope: string
  readonly subscription: PushSubscription
  readonly serverKey: string
  readonly userToken?: string | undefined
}

/** `pending`: the worker will confirm. There must be a record of this scope. */
export async function register(input: RegisterInput): Promise<'pending' | 'live'> {
  try {
    return await claim(input)
  } catch (error) {
    if (!(error instanceof SendwordError && error.problem === 'PUSH_DEVICE_KEY_REQUIRED')) throw error
    // The answer with our newest key was lost, and then the subscription changed: nothing proves any more who we were.
    await patch(input.scope, ({ deviceKey: _lost, ...state }) => ({ ...state, deviceId: newDeviceId() }))
    return await claim(input)
  }
}

export function newDeviceId(): string {
  return crypto.randomUUID()
}

async function claim({ scope, subscription, serverKey, userToken }: RegisterInput): Promise<'pending' | 'live'> {
  const { endpoint } = subscription
  // Before the request: the push may come, and be confirmed, sooner than the answer.
  await patch(scope, (state) => ({ ...state, serverKey, endpoint, isLive: false }))
  const state = await readState(scope)
  if (!state) throw new SendwordError('worker', 'The browser’s data was cleared meanwhile. Subscribe anew.')
  const { deviceId, attributes } = state
  const registration = { deviceId, address: subscription.toJSON(), ...attributes, ...(userToken && { userToken }) }
  const answer = await postRegistration(state, registration)
  await patch(scope, (now) => ({ ...now, registeredAt: Date.now(), isLive: now.isLive || answer === 'live' }))
  return answer
}

function patch(scope: string, change: (state: DeviceState) => DeviceState): Promise<void> {
  return changeState(scope, (state) => state && change(state))
}
