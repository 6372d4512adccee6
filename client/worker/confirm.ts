// The device’s half of the handshake: the secret that a push brought goes back to the server, and its answer is the
// device’s key.
import { changeState, type DeviceState, readState } from '../shared/device-state.ts'
import { postConfirmation } from '../shared/door.ts'
import { SendwordError } from '../shared/sendword-error.ts'
import { tellPages } from './pages.ts'
import { worker } from './scope.ts'

/** Milliseconds before each repeat; a browser may stop a worker that takes longer than about half a minute. */
const WAITS_MS = [1000, 4000]

/** Answers with whether a page in sight knows of it. */
export async function confirm(confirmationToken: string): Promise<boolean> {
  const { scope } = worker.registration
  const state = await readState(scope)
  if (!state) return false
  const deviceKey = await echo(state, confirmationToken)
  await changeState(scope, (now) => now && { ...now, deviceKey, isLive: true })
  return await tellPages({ sendword: 'confirmed', endpoint: state.endpoint })
}

async function echo(state: DeviceState, token: string, waits: readonly number[] = WAITS_MS): Promise<string> {
  try {
    return await postConfirmation(state, token)
  } catch (error) {
    const [wait, ...later] = waits
    // What is refused once stays refused: too old, or of a registration that another has replaced.
    if (wait === undefined || (error instanceof SendwordError && (error.status ?? 500) < 429)) throw error
    await new Promise((resolve) => setTimeout(resolve, wait))
    return await echo(state, token, later)
  }
}
