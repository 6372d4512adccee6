// Tells the server what became of a message that asked for it. What cannot be told is left: the message itself matters more.
import { readState } from '../shared/device-state.ts'
import { postReceipt } from '../shared/door.ts'
import { worker } from './scope.ts'

export async function sendReceipt(receipt: string | undefined, event: 'delivered' | 'opened'): Promise<void> {
  if (receipt === undefined) return
  const state = await readState(worker.registration.scope)
  if (state) await postReceipt(state, receipt, event).catch(() => undefined)
}
