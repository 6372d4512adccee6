// Clients that send and register for as long as they are told to, and remember what was accepted.
import type { Emulator, VirtualDevice } from '../../src/emulator/create-emulator.ts'
import { pause } from './serve-process.ts'

const SENDERS = 8
const AFTER_REFUSAL_MS = 20

export interface Load {
  /** Numbers of the messages that were answered 202. */
  readonly accepted: Set<string>
  /** Message ids by number. */
  readonly ids: Map<string, string>
  /** Devices whose registration was answered 200. */
  readonly registered: VirtualDevice[]
  /** Answers that were neither accepted nor a sign of the crash. */
  readonly surprises: string[]
  stop(): Promise<void>
}

export interface LoadInput {
  readonly url: string
  readonly apiKey: string
  readonly emulator: Emulator
  readonly deviceIds: readonly string[]
}

export function startLoad(input: LoadInput): Load {
  const load = { accepted: new Set<string>(), ids: new Map<string, string>(), registered: [], surprises: [] } as Omit<
    Load,
    'stop'
  >
  let running = true
  let number = 0
  const senders = Array.from({ length: SENDERS }, async (_, sender) => {
    while (running) {
      const n = `${sender}-${++number}`
      const deviceId = input.deviceIds[number % input.deviceIds.length] ?? ''
      if (!(await send(input, load, deviceId, n))) await pause(AFTER_REFUSAL_MS)
    }
  })
  const registrar = (async () => {
    for (let made = 0; running; made++) {
      await register(input, load, `registrar-${made}`)
      await pause(AFTER_REFUSAL_MS)
    }
  })()
  return {
    ...load,
    async stop() {
      running = false
      await Promise.all([...senders, registrar])
    },
  }
}

async function send({ url, apiKey }: LoadInput, load: Omit<Load, 'stop'>, deviceId: string, n: string) {
  try {
    const answer = await fetch(`${url}/v1/apps/default/devices/${encodeURIComponent(deviceId)}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data: { n } }),
    })
    const text = await answer.text()
    if (answer.status === 202) {
      load.accepted.add(n)
      load.ids.set(n, JSON.parse(text).id)
      return true
    }
    if (answer.status < 500) load.surprises.push(`${answer.status} ${text}`)
  } catch {
    // The server is down: what was not answered was not accepted.
  }
  return false
}

async function register({ url, emulator }: LoadInput, load: Omit<Load, 'stop'>, deviceId: string): Promise<void> {
  const device = emulator.devices.create()
  const query = new URLSearchParams({ device_id: deviceId, registration_id: device.registrationId })
  try {
    const answer = await fetch(`${url}/c2dm/registration?${query}`)
    await answer.arrayBuffer()
    if (answer.status === 200) load.registered.push(device)
    else if (answer.status < 500) load.surprises.push(`registration: ${answer.status}`)
  } catch {
    // As above.
  }
}
