// Plays the device's part of the registration handshake, as the app on a phone does: register at the server, wait for
// the confirmation push, send its secret back.
import type { Clock } from '../../util/clock.ts'
import { EmulatorError, HandshakeError, type HandshakeStep } from '../emulator-error.ts'
import { loopbackGet, parseLoopbackUrl } from './loopback-request.ts'
import type { HandshakeInput, HandshakeResult, InboxMessage, VirtualDevice } from './virtual-device.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
/** The key of the secret in the confirmation push. */
const SECRET_KEY = 'registration_token'

export async function playHandshake(
  device: VirtualDevice,
  input: HandshakeInput,
  clock: Clock,
): Promise<HandshakeResult> {
  const url = parseLoopbackUrl(input.url)
  const { deviceId, timeoutMs = HANDSHAKE_TIMEOUT_MS, signal: cancelled } = input
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
    return await walk(device, { url, deviceId, signal: over.signal })
  } catch (error) {
    cancelled?.throwIfAborted()
    throw error
  } finally {
    deadline.abort()
    cancelled?.removeEventListener('abort', cancel)
  }
}

interface Walk {
  readonly url: string
  readonly deviceId: string
  readonly signal: AbortSignal
}

async function walk(device: VirtualDevice, { url, deviceId, signal }: Walk): Promise<HandshakeResult> {
  const { registrationId, lastSequence } = device
  await call('registration', url, { device_id: deviceId, registration_id: registrationId }, signal)
  const message = await confirmationPush(device, lastSequence, signal)
  const secret = message.data[SECRET_KEY] ?? ''
  await call('confirmation', url, { device_id: deviceId, registration_token: secret }, signal)
  return { status: 'confirmed', deviceId, registrationId, message }
}

async function confirmationPush(device: VirtualDevice, after: number, signal: AbortSignal): Promise<InboxMessage> {
  const where = ({ data }: InboxMessage) => data[SECRET_KEY] !== undefined
  try {
    // The whole handshake's deadline ends this wait.
    return await device.nextMessage({ after, where, timeoutMs: Number.MAX_SAFE_INTEGER, signal })
  } catch (cause) {
    const text =
      `The registration was answered 200, but no confirmation push came: ${textOf(cause)}. ` +
      `A server sends none when this address is already the live one; and none arrives unless the device is active (it is ${device.state}).`
    throw new HandshakeError('push', text, { cause })
  }
}

async function call(
  step: HandshakeStep,
  url: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const door = `${url}/${step}`
  const answered = await loopbackGet(door, query, signal).catch((error: unknown) => {
    const cause = signal.aborted ? signal.reason : error
    throw new HandshakeError(step, `The ${step} (GET ${door}) got no answer: ${textOf(cause)}.`, { cause })
  })
  if (answered === 200) return
  throw new HandshakeError(step, `The ${step} (GET ${door}) was answered ${answered}, not 200.`, { answered })
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A refused connection to a name with several addresses has an empty message, and says ECONNREFUSED in its code.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
