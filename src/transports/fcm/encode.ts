// A message as the body of FCM's messages:send, and the confirmation push as a message. Pure, but for what it remembers:
// a message to many devices is compiled once, and each device's address is put in front of it, and its receipt token in.
import type { MessageContent } from '../../model/message.ts'
import type { Send } from '../../model/transport.ts'
import { FCM_FID } from '../../protocols/fcm.ts'
import { fillReceipt } from '../receipt-slot.ts'
import { createRecentMessages } from '../recent-messages.ts'
import { compileMessage } from './compile.ts'
import { type Life, lifeOf } from './life.ts'

interface Compiled {
  readonly content: MessageContent
  readonly ttlSeconds: number | undefined
  readonly expiration: number
  /** The body from behind the address to its end. */
  readonly rest: string
}

const FID_CHARACTERS = 22

const recent = createRecentMessages<Compiled>()

/** @param now Milliseconds since the epoch: for iOS the end of the message's life is a moment. */
export function encodeMessage(send: Send, now: number): string {
  const { address, content, receipt, ttlSeconds, isContentOwn } = send
  const expiration = ttlSeconds ? Math.floor(now / 1000) + ttlSeconds : 0
  const rest = isContentOwn
    ? encodeRest(content, lifeOf(ttlSeconds, String(expiration)))
    : encodedRest(content, ttlSeconds, expiration)
  return targetOf(address) + (content.receipts ? fillReceipt(rest, receipt) : rest)
}

function encodedRest(content: MessageContent, ttlSeconds: number | undefined, expiration: number): string {
  for (const known of recent.all) {
    if (known.content === content && known.ttlSeconds === ttlSeconds && known.expiration === expiration) {
      return known.rest
    }
  }
  const rest = encodeRest(content, lifeOf(ttlSeconds, String(expiration)))
  recent.keep({ content, ttlSeconds, expiration, rest })
  return rest
}

/** What an address is shows in its shape: an installation id has 22 characters, a token many more. */
export function targetOf(address: string): string {
  const isFid = address.length === FID_CHARACTERS && FCM_FID.test(address)
  return `{"message":{"${isFid ? 'fid' : 'token'}":${JSON.stringify(address)}`
}

export function encodeRest(content: MessageContent, life: Life | undefined): string {
  const fields = JSON.stringify(compileMessage(content, life)).slice(1)
  const message = fields === '}' ? fields : `,${fields}`
  return content.validateOnly === true ? `${message},"validate_only":true}` : `${message}}`
}

/** The push that carries a registration's secret: data only, so that the application reads it unseen. */
export function confirmationContent(confirmationToken: string): MessageContent {
  return { data: { confirmationToken }, urgency: 'high' }
}
