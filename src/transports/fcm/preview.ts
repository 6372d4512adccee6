// The request that FCM would get for a message, and what of the message it does not carry. Pure.
import type { MessageContent } from '../../model/message.ts'
import { ADDRESS_STAND_IN, type Preview } from '../../model/preview.ts'
import { FCM_MAX_MESSAGE_BYTES } from '../../protocols/fcm.ts'
import { checkFcmContent, measureFcm } from './check.ts'
import { encodeMessage } from './encode.ts'

export function previewFcm(content: MessageContent, ttlSeconds: number | undefined): Preview {
  const refusal = checkFcmContent(content)
  return {
    method: 'POST',
    path: '/v1/projects/{project}/messages:send',
    headers: { 'content-type': 'application/json', authorization: 'Bearer {access token}' },
    body: encodeMessage({ address: ADDRESS_STAND_IN, content, ttlSeconds, messageId: '' }),
    bytes: measureFcm(content).total,
    maxBytes: FCM_MAX_MESSAGE_BYTES,
    notes: [],
    ...(refusal && { refusal }),
  }
}
