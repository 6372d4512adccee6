// One try to deliver a webhook: signed, without redirects, with a deadline, and little of the answer read.
import { PushError } from '../model/push-error.ts'
import type { HttpClient } from '../net/http-client.ts'
import { parseRetryAfter } from '../net/retry-after.ts'
import type { ClaimedWebhook } from '../store/webhooks.ts'
import type { Clock } from '../util/clock.ts'
import { signatureHeaders } from './sign.ts'

export type PostResult =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'failed'
      /** For people; holds nothing of the answer but its status. */
      readonly failure: string
      readonly retryAfterMs?: number | undefined
      /** The receiver wants no more of them. */
      readonly isFinal: boolean
    }

export interface PostContext {
  readonly client: HttpClient
  readonly clock: Clock
}

const TAKEN = 200
/** By the scheme, whoever answers so wants no further tries. */
const GONE = 410

/** Throws the signal's reason when it is cut short. */
export async function postWebhook(
  { client, clock }: PostContext,
  webhook: ClaimedWebhook & { readonly secrets: readonly Buffer[] },
  signal: AbortSignal,
): Promise<PostResult> {
  const now = clock.now()
  const { id, body, secrets } = webhook
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'sendword',
    ...signatureHeaders({ id, timestamp: Math.floor(now / 1000), body, secrets }),
  }
  try {
    const answer = await client.request({ method: 'POST', url: new URL(webhook.url), headers, body }, signal)
    const { status } = answer
    if (Math.floor(status / 100) * 100 === TAKEN) return { kind: 'taken' }
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now)
    return { kind: 'failed', failure: failureOf(status), retryAfterMs, isFinal: status === GONE }
  } catch (error) {
    if (!(error instanceof PushError)) throw error
    return { kind: 'failed', failure: error.detail, isFinal: false }
  }
}

function failureOf(status: number): string {
  const isRedirect = status >= 300 && status < 400
  return `It answered ${status}${isRedirect ? ', a redirect, which is not followed' : ''}.`
}
