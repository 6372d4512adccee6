// A message as the JSON API and the command line show it.
import type { MessageView } from '../store/messages.ts'

export function messageDocument(view: MessageView) {
  const { id, app, deviceId, audience, acceptedAt, expiresAt, state, counts, single, receipts } = view
  const { sendAt, localTime } = view
  const whom = audience && { audience, audienceSize: view.audienceSize, skipped: view.skipped }
  return { id, app, deviceId, ...whom, acceptedAt, sendAt, localTime, expiresAt, state, counts, ...single, receipts }
}
