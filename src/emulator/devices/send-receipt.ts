// Plays the device's part of a receipt: what the app does with the token of a message that it got.
import { EmulatorError } from '../emulator-error.ts'
import { loopbackRequest, parseLoopbackUrl } from './loopback-request.ts'
import type { InboxMessage, ReceiptInput } from './virtual-device.ts'

const DEFAULT_APP = 'default'

/** The status that the server answered. */
export async function sendReceipt(
  message: InboxMessage,
  event: 'delivered' | 'opened',
  { url, app = DEFAULT_APP, at, signal = new AbortController().signal }: ReceiptInput,
): Promise<number> {
  const { receipt } = message.data
  if (receipt === undefined) throw new EmulatorError('EMULATOR_INPUT', 'The message does not ask for a receipt.')
  const { status } = await loopbackRequest({
    method: 'POST',
    url: `${parseLoopbackUrl(url)}/v1/apps/${encodeURIComponent(app)}/receipts`,
    body: { receipt, event, at: at?.toISOString() },
    signal,
  })
  return status
}
