// APNs' answers: an empty 200, or a reason in JSON; each with the notification's apns-id.
import { APNS_REASON_STATUS, type ApnsReason } from '../../protocols/apns.ts'
import type { Random } from '../../util/random.ts'
import { type Judgement, jsonReply, type Reply } from '../server/answer.ts'

export type ApnsJudgement = Judgement & { readonly answer: Reply }

export interface Rejection {
  readonly reason: ApnsReason
  /** What a correct client would have done otherwise. */
  readonly objection?: string | undefined
  /** What it is counted as, instead of its reason. */
  readonly outcome?: 'malformed' | 'flaky'
  /** 410: since when the token is no longer valid, in milliseconds since the epoch. */
  readonly timestamp?: number | undefined
}

export interface AnswerContext {
  readonly apnsId: string
  readonly address?: string | undefined
}

/** `uniqueId`: as only the sandbox gives it. */
export function accepted({ apnsId, address }: AnswerContext, uniqueId: string | undefined): ApnsJudgement {
  const headers = { 'apns-id': apnsId, ...(uniqueId !== undefined && { 'apns-unique-id': uniqueId }) }
  return { answer: { kind: 'reply', status: 200, body: '', headers }, outcome: 'accepted', address }
}

export function rejected(rejection: Rejection, { apnsId, address }: AnswerContext): ApnsJudgement {
  const { reason, objection, outcome = reason, timestamp } = rejection
  const body = { reason, ...(timestamp !== undefined && { timestamp }) }
  return {
    answer: jsonReply(APNS_REASON_STATUS[reason], body, { 'apns-id': apnsId }),
    outcome,
    objection,
    address,
  }
}

/** Makes UUIDs (RFC 9562 §5.4), in lower case. */
export function createUuids(random: Random): () => string {
  let digits = ''
  return () => {
    // Randomness is drawn in blocks: a system call for each notification would cost more than judging it.
    if (digits === '') digits = random.bytes(4096).toString('hex')
    const hex = digits.slice(0, 32)
    digits = digits.slice(32)
    const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}
