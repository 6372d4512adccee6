// C2DM's reply as an Outcome. Pure; the table is complete by type.
// Source: developer.android.com/google/gcm/c2dm.html, "Response"; Google's sample C2DMessaging.java for 403 and 5xx.
import type { Outcome } from '../../model/outcome.ts'
import type { HttpAnswer } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import { C2DM_ERRORS, type C2dmError } from '../../protocols/c2dm.ts'
import { firstLine, printable, rawAnswer } from '../raw-answer.ts'

/** `reauthenticate`: the token was refused, and nothing is said about the message. */
export type Verdict = Outcome | 'reauthenticate'

export interface ClassifyContext {
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number
  /** Texts that a kept raw answer must not show: the address and the token. */
  readonly hidden: readonly string[]
}

const VERDICTS = {
  QuotaExceeded: { kind: 'deferred', scope: 'sender' },
  DeviceQuotaExceeded: { kind: 'deferred', scope: 'device' },
  MissingRegistration: { kind: 'rejected' },
  InvalidRegistration: { kind: 'unregistered' },
  // The id belongs to another sender's account: for us it is as dead as one that was uninstalled.
  MismatchSenderId: { kind: 'unregistered' },
  NotRegistered: { kind: 'unregistered' },
  MessageTooBig: { kind: 'rejected' },
  MissingCollapseKey: { kind: 'rejected' },
} as const satisfies Record<C2dmError, ErrorVerdict>

type ErrorVerdict =
  | { readonly kind: 'deferred'; readonly scope: 'sender' | 'device' }
  | { readonly kind: 'rejected' | 'unregistered' }

const MAX_PROVIDER_ID_CHARACTERS = 255

export function classify(answer: Pick<HttpAnswer, 'status' | 'headers' | 'body'>, context: ClassifyContext): Verdict {
  const { status } = answer
  if (status === 401 || status === 403) return 'reauthenticate'
  // 429 is no word of C2DM's own, but of what may stand between.
  if (status === 503 || status === 429) return deferred(`HTTP ${status}`, 'sender', waitOf(answer, context))
  if (status >= 500) return deferred(`HTTP ${status}`, 'device', waitOf(answer, context))
  if (status < 200 || status > 299) return unknown(`HTTP ${status}`, answer.body, context)
  return readBody(answer, context)
}

function readBody(answer: Pick<HttpAnswer, 'headers' | 'body'>, context: ClassifyContext): Outcome {
  const line = firstLine(answer.body)
  if (line === '') return deferred('empty answer', 'device', waitOf(answer, context))
  // Ids may hold equals signs: cut at the first one.
  const cut = line.indexOf('=')
  const name = line.slice(0, cut).trim()
  const value = line.slice(cut + 1).trim()
  if (name === 'id' && value !== '')
    return { kind: 'accepted', providerId: printable(value, MAX_PROVIDER_ID_CHARACTERS) }
  if (name !== 'Error') return unknown('unreadable answer', answer.body, context)
  const code = C2DM_ERRORS.find((known) => known === value)
  if (code === undefined) return unknown('unlisted error', answer.body, context)
  const verdict: ErrorVerdict = VERDICTS[code]
  if (verdict.kind === 'deferred') return deferred(code, verdict.scope, waitOf(answer, context))
  return { kind: verdict.kind, reason: code }
}

function waitOf({ headers }: Pick<HttpAnswer, 'headers'>, { now }: ClassifyContext): number | undefined {
  return parseRetryAfter(headers['retry-after'], now)
}

function deferred(reason: string, scope: 'device' | 'sender', retryAfterMs: number | undefined): Outcome {
  return { kind: 'deferred', reason, scope, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function unknown(reason: string, body: string, { hidden }: ClassifyContext): Outcome {
  return { kind: 'unknown', reason, raw: rawAnswer(body, hidden) }
}
