// The server’s open door: its key for subscriptions, registrations, confirmations, receipts.
import type { DeviceAttributes, DeviceState } from './device-state.ts'
import { SendwordError } from './sendword-error.ts'

/** What is needed to reach the server. */
type Place = Pick<DeviceState, 'server' | 'app'>

/** The VAPID public key, in base64url. */
export async function fetchServerKey(place: Place): Promise<string> {
  // The copy that the browser keeps would hide a new key for an hour.
  const { publicKey } = (await call(place, 'webpush/key', { cache: 'no-cache' })) as { publicKey: string }
  return publicKey
}

export interface NewRegistration extends DeviceAttributes {
  readonly deviceId: string
  readonly address: PushSubscriptionJSON
  readonly userToken?: string
}

/** `pending`: a push with the secret is on its way. `live`: this subscription is in force already. */
export async function postRegistration(
  { deviceKey, ...place }: Place & Pick<DeviceState, 'deviceKey'>,
  registration: NewRegistration,
): Promise<'pending' | 'live'> {
  const body = { transport: 'webpush', ...registration }
  const { state } = (await call(place, 'registrations', post(body, deviceKey))) as { state: 'pending' | 'live' }
  return state
}

/** Answers with the device’s key from now on. */
export async function postConfirmation(
  { deviceId, ...place }: Place & Pick<DeviceState, 'deviceId'>,
  confirmationToken: string,
): Promise<string> {
  const answer = await call(place, 'confirmations', post({ deviceId, confirmationToken }))
  return (answer as { deviceKey: string }).deviceKey
}

export async function deleteRegistration(place: Place, deviceId: string, deviceKey: string): Promise<void> {
  const path = `registrations/${encodeURIComponent(deviceId)}`
  await call(place, path, { method: 'DELETE', headers: { 'Sendword-Device-Key': deviceKey } })
}

/** `receipt` is the token that came with the message. */
export async function postReceipt(place: Place, receipt: string, event: 'delivered' | 'opened'): Promise<void> {
  // The page that it comes from may be about to go.
  await call(place, 'receipts', { ...post({ receipt, event }), keepalive: true })
}

function post(body: unknown, deviceKey?: string): RequestInit {
  const headers = {
    'Content-Type': 'application/json',
    ...(deviceKey !== undefined && { 'Sendword-Device-Key': deviceKey }),
  }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

async function call({ server, app }: Place, path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${server}/v1/apps/${encodeURIComponent(app)}/${path}`, init).catch((cause) => {
    const what = `${server} did not answer, or does not allow this origin: add it to the app’s corsOrigins.`
    throw new SendwordError('unreachable', what, { cause })
  })
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  if (response.ok) return answer
  const { status } = response
  const { code, detail = `The server answered ${status}.` } = (answer ?? {}) as { code?: string; detail?: string }
  throw new SendwordError('refused', detail, { status, ...(code !== undefined && { problem: code }) })
}
