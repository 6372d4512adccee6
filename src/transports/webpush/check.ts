// Whether a message fits into a push to a browser, and what is to blame when it does not. Pure.
import type { CheckFailure } from '../../model/check-failure.ts'
import type { MessageContent } from '../../model/message.ts'
import { nameOnlyLargest, type Part, shorten } from '../largest-parts.ts'
import { CONFIRMATION_KEY, encodeNotification, encodePlaintext } from './encode.ts'
import { MAX_PLAINTEXT_BYTES } from './encrypt.ts'

export function checkWebPushContent(content: MessageContent): CheckFailure | undefined {
  if (content.validateOnly) {
    return { code: 'PUSH_MESSAGE_INVALID', detail: 'validateOnly is not for Web Push, which has no such thing.' }
  }
  if (CONFIRMATION_KEY in content.data) {
    return {
      code: 'PUSH_MESSAGE_INVALID',
      detail: `data.${CONFIRMATION_KEY} is a key that Web Push keeps for the confirmation push.`,
    }
  }
  const notification = encodeNotification(content)
  if (notification !== undefined && !hasTitle(notification)) {
    return {
      code: 'PUSH_MESSAGE_INVALID',
      detail: 'A notification in a browser needs a title, or a body to stand for it.',
    }
  }
  const bytes = Buffer.byteLength(encodePlaintext(content))
  if (bytes <= MAX_PLAINTEXT_BYTES) return undefined
  return {
    code: 'PUSH_MESSAGE_TOO_BIG',
    detail:
      `The message is ${bytes} bytes; Web Push takes ${MAX_PLAINTEXT_BYTES}, counted as the JSON that a browser gets: ` +
      `${largestParts(content, notification)}.`,
  }
}

function hasTitle(notification: object): boolean {
  return 'title' in notification && typeof notification.title === 'string' && notification.title !== ''
}

function largestParts({ data }: MessageContent, notification: object = {}): string {
  return nameOnlyLargest([...sizes('data', data), ...sizes('notification', notification)])
}

function sizes(where: string, part: object): Part[] {
  return Object.entries(part).map(([name, value]) => ({
    name: `${where}.${shorten(name)}`,
    bytes: Buffer.byteLength(JSON.stringify(value)),
  }))
}
