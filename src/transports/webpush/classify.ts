// A push service's reply as an Outcome. Pure: the tables are in answer-tables.ts.
import type { Outcome } from '../../model/outcome.ts'
import type { HttpAnswer } from '../../net/http-client.ts'
import { parseRetryAfter } from '../../net/retry-after.ts'
import { APPLE_WEB_PUSH_REASONS, WNS_STATUSES } from '../../protocols/web-push-services.ts'
import { printable, rawAnswer } from '../raw-answer.ts'
import {
  BY_APPLE_REASON,
  BY_WNS_STATUS,
  KEY_MISMATCH,
  type Rule,
  ruleOfAutopush,
  ruleOfStatus,
} from './answer-tables.ts'

/** `reauthenticate`: the token was refused, and nothing is said about the message. */
export type Verdict = Outcome | { readonly kind: 'reauthenticate'; readonly reason: string }

export interface ClassifyContext {
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number
  /** Stands for the push service's id where it gives none that can be kept. */
  readonly messageId: string
  /** Whoever knows it can send to the browser: nothing of it is kept as an id. */
  readonly endpoint: URL
  /** Texts that a kept raw answer must not show: endpoint, keys, token, what the message says. */
  readonly hidden: () => readonly string[]
}

type Answer = Pick<HttpAnswer, 'status' | 'headers' | 'body'>

const MAX_PROVIDER_ID_CHARACTERS = 255
/** Shorter parts of an endpoint are names of its paths. */
const MIN_SECRET_CHARACTERS = 8

export function classify(answer: Answer, context: ClassifyContext): Verdict {
  const { rule, reason } = judge(answer)
  const wait = parseRetryAfter(header(answer, 'retry-after'), context.now)
  switch (rule) {
    case 'accepted':
      return { kind: 'accepted', providerId: providerIdOf(answer, context.endpoint) ?? context.messageId }
    case 'rejected':
    case 'unregistered':
    case 'reauthenticate':
      return { kind: rule, reason }
    case 'device waits':
      return { kind: 'deferred', reason, scope: 'device', ...(wait !== undefined && { retryAfterMs: wait }) }
    case 'unknown':
      return { kind: 'unknown', reason, raw: rawAnswer(answer.body, context.hidden()) }
  }
}

interface Judgement {
  readonly rule: Rule
  readonly reason: string
}

function judge(answer: Answer): Judgement {
  const { status, body } = answer
  const byStatus = { rule: ruleOfStatus(status), reason: `HTTP ${status}` }
  if (byStatus.rule === 'accepted') return windowsJudgement(answer) ?? byStatus
  // Redirects and what is no answer of HTTP mean nothing, whatever they say.
  if (status < 400) return byStatus
  const isMismatch = status < 500 && KEY_MISMATCH.some((text) => text.test(body))
  if (isMismatch) return { rule: 'unregistered', reason: `HTTP ${status}: subscribed for another VAPID key` }
  return errorJudgement(status, body) ?? byStatus
}

/** Windows takes a message and says in a header that it will not be delivered. */
function windowsJudgement(answer: Answer): Judgement | undefined {
  const said = header(answer, 'x-wns-status') ?? header(answer, 'x-wns-notificationstatus')
  const status = WNS_STATUSES.find((known) => known === said?.toLowerCase())
  return status && { rule: BY_WNS_STATUS[status], reason: `X-WNS-Status: ${status}` }
}

/** By the JSON of autopush's errors, or of Apple's. */
function errorJudgement(status: number, body: string): Judgement | undefined {
  const { errno, message, reason } = parse(body)
  const apple = APPLE_WEB_PUSH_REASONS.find((known) => known === reason)
  if (apple) return { rule: BY_APPLE_REASON[apple], reason: apple }
  if (typeof errno !== 'number') return undefined
  const rule = ruleOfAutopush(status, errno, typeof message === 'string' ? message : '')
  return rule && { rule, reason: `HTTP ${status}, errno ${errno}` }
}

/** The last part of the message's own URL (RFC 8030 §5), or the id in a header of the service's own. */
function providerIdOf(answer: Answer, endpoint: URL): string | undefined {
  const own = header(answer, 'apns-id') ?? header(answer, 'x-wns-msg-id')
  const id = own ?? header(answer, 'location')?.split(/[?#]/, 1)[0]?.split('/').at(-1)
  return id && !givesAway(endpoint, id) ? printable(id, MAX_PROVIDER_ID_CHARACTERS) : undefined
}

/** Some servers name no message of their own, and answer with the endpoint. */
function givesAway({ pathname, searchParams }: URL, id: string): boolean {
  const parts = [...pathname.split('/'), ...searchParams.values()]
  return parts.some((part) => part.includes(id) || (part.length >= MIN_SECRET_CHARACTERS && id.includes(part)))
}

function header({ headers }: Answer, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // HTML, torn or empty: the status tells.
    return {}
  }
}
