// Plays the device's part of the registration handshake, as the app on a phone does: register at the server, wait for
// the confirmation push, send its secret back.
import type { Clock } from '../util/clock.ts'
import { EmulatorError } from './emulator-error.ts'
import { loopbackGet, parseLoopbackUrl } from './loopback-request.ts'
import type { HandshakeInput, HandshakeResult, VirtualDevice } from './virtual-device.ts'

export const HANDSHAKE_TIMEOUT_MS = 10_000
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
  const query = { device_id: deviceId, registration_id: registrationId }
  await call('registration', `${url}/registration`, query, signal)
  const message = await device
    .nextMessage({
      after: lastSequence,
      where: ({ data }) => data[SECRET_KEY] !== undefined,
      timeoutMs: Number.MAX_SAFE_INTEGER,
      signal,
    })
    .catch((error: unknown) => {
      const hint = 'A server sends none when this address is already the live one, or while the device is not reachable'
      throw failure(
        `The registration was answered 200, but no confirmation push came: ${textOf(error)}. ${hint} (its state is ${device.state}).`,
        error,
      )
    })
  const secret = message.data[SECRET_KEY] ?? ''
  await call('confirmation', `${url}/confirmation`, { device_id: deviceId, registration_token: secret }, signal)
  return { status: 'confirmed', deviceId, registrationId, message }
}

async function call(step: string, url: string, query: Record<string, string>, signal: AbortSignal): Promise<void> {
  const status = await loopbackGet(url, query, signal).catch((error: unknown) => {
    const reason = signal.aborted ? signal.reason : error
    throw failure(`The ${step} (GET ${url}) got no answer: ${textOf(reason)}.`, reason)
  })
  if (status !== 200) throw failure(`The ${step} (GET ${url}) was answered ${status}, not 200.`)
}

function failure(text: string, cause?: unknown): EmulatorError {
  return new EmulatorError('EMULATOR_HANDSHAKE', text, cause === undefined ? undefined : { cause })
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A refused connection to a name with several addresses has an empty message, and says ECONNREFUSED in its code.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
