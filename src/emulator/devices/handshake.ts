// Plays the device's part of the registration handshake, as the app on a phone does: register at the server, wait for
// the confirmation push, send its secret back. C2DM devices use the device doors, others the JSON door.
import type { Clock } from '../../util/clock.ts'
import { EmulatorError, HandshakeError, type HandshakeStep } from '../emulator-error.ts'
import { type LoopbackAnswer, type LoopbackRequest, loopbackRequest, parseLoopbackUrl } from './loopback-request.ts'
import type { DeviceService, HandshakeInput, HandshakeResult, InboxMessage, VirtualDevice } from './virtual-device.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
const DEFAULT_APP = 'default'
const DEVICE_KEY_HEADER = 'sendword-device-key'

/** One way to register and to confirm. */
interface Door {
  /** The status that a registration is answered. */
  readonly registered: number
  /** The key of the secret in the confirmation push. */
  readonly secretKey: string
  registration(address: string): Omit<LoopbackRequest, 'signal'>
  confirmation(secret: string): Omit<LoopbackRequest, 'signal'>
  /** The device key that a confirmation's answer holds. */
  deviceKey(answer: LoopbackAnswer): string | undefined
}

export async function playHandshake(
  device: VirtualDevice,
  input: HandshakeInput,
  clock: Clock,
): Promise<HandshakeResult> {
  const door = device.service === 'c2dm' ? deviceDoor(input) : jsonDoor(input, device.service)
  const { timeoutMs = HANDSHAKE_TIMEOUT_MS, signal: cancelled } = input
  cancelled?.throwIfAborted()
  const over = new AbortController()
  const cancel = () => over.abort(cancelled?.reason)
  cancelled?.addEventListener('abort', cancel, { once: true })
  const deadline = new AbortController()
  clock.sleep(timeoutMs, deadline.signal).then(
    () => over.abort(new EmulatorError('EMULATOR_TIMEOUT', `it took more than ${timeoutMs} ms`)),
    () => {},
  )
  try {
    return await walk(device, door, { deviceId: input.deviceId, signal: over.signal })
  } catch (error) {
    cancelled?.throwIfAborted()
    throw error
  } finally {
    deadline.abort()
    cancelled?.removeEventListener('abort', cancel)
  }
}

/** The two doors of django-c2dm: GET with a query. */
function deviceDoor({ url, deviceId, app, deviceKey }: HandshakeInput): Door {
  if (app !== undefined || deviceKey !== undefined) {
    throw new EmulatorError(
      'EMULATOR_INPUT',
      'app and deviceKey are not for C2DM devices; the device doors have neither.',
    )
  }
  const base = parseLoopbackUrl(url)
  const get = (step: HandshakeStep, query: Record<string, string>) =>
    ({ method: 'GET', url: `${base}/${step}?${new URLSearchParams(query)}` }) as const
  return {
    registered: 200,
    secretKey: 'registration_token',
    registration: (address) => get('registration', { device_id: deviceId, registration_id: address }),
    confirmation: (secret) => get('confirmation', { device_id: deviceId, registration_token: secret }),
    deviceKey: () => undefined,
  }
}

function jsonDoor({ url, deviceId, app = DEFAULT_APP, deviceKey }: HandshakeInput, transport: DeviceService): Door {
  const base = `${parseLoopbackUrl(url)}/v1/apps/${encodeURIComponent(app)}`
  const headers: Record<string, string> = deviceKey === undefined ? {} : { [DEVICE_KEY_HEADER]: deviceKey }
  return {
    registered: 202,
    secretKey: 'confirmationToken',
    registration: (address) => ({
      method: 'POST',
      url: `${base}/registrations`,
      headers,
      body: { deviceId, transport, address },
    }),
    confirmation: (confirmationToken) => ({
      method: 'POST',
      url: `${base}/confirmations`,
      body: { deviceId, confirmationToken },
    }),
    deviceKey: ({ body }) => readDeviceKey(body),
  }
}

interface Walk {
  readonly deviceId: string
  readonly signal: AbortSignal
}

async function walk(device: VirtualDevice, door: Door, { deviceId, signal }: Walk): Promise<HandshakeResult> {
  const { address, registrationId, lastSequence, environment } = device
  // An app knows the environment that it was signed for, and says so.
  const claimed = environment === undefined ? address : `${environment}:${address}`
  await call('registration', { ...door.registration(claimed), signal }, door.registered)
  const message = await confirmationPush(device, door, { after: lastSequence, signal })
  const secret = message.data[door.secretKey] ?? ''
  const confirmed = await call('confirmation', { ...door.confirmation(secret), signal }, 200)
  return { status: 'confirmed', deviceId, address, registrationId, deviceKey: door.deviceKey(confirmed), message }
}

async function confirmationPush(
  device: VirtualDevice,
  { secretKey, registered }: Door,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): Promise<InboxMessage> {
  const where = ({ data }: InboxMessage) => data[secretKey] !== undefined
  try {
    // The whole handshake's deadline ends this wait.
    return await device.nextMessage({ after, where, timeoutMs: Number.MAX_SAFE_INTEGER, signal })
  } catch (cause) {
    const text =
      `The registration was answered ${registered}, but no confirmation push came: ${textOf(cause)}. ` +
      `A server sends none when this address is already the live one; and none arrives unless the device is active (it is ${device.state}).`
    throw new HandshakeError('push', text, { cause })
  }
}

async function call(step: HandshakeStep, request: LoopbackRequest, expected: number): Promise<LoopbackAnswer> {
  const { method, signal } = request
  // Without the query, which holds the secret.
  const where = `${method} ${request.url.split('?', 1)[0]}`
  const answer = await loopbackRequest(request).catch((error: unknown) => {
    const cause = signal.aborted ? signal.reason : error
    throw new HandshakeError(step, `The ${step} (${where}) got no answer: ${textOf(cause)}.`, { cause })
  })
  const { status } = answer
  if (status === expected) return answer
  const text = `The ${step} (${where}) was answered ${status}, not ${expected}.`
  throw new HandshakeError(step, text, { answered: status })
}

function readDeviceKey(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    const key = typeof answer === 'object' && answer !== null && 'deviceKey' in answer ? answer.deviceKey : undefined
    return typeof key === 'string' ? key : undefined
  } catch {
    // A server that answers 200 without a key has none to give.
    return undefined
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A refused connection to a name with several addresses has an empty message, and says ECONNREFUSED in its code.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
