// Carries out a fault rule's effect on a request, whatever the service.
import { constants } from 'node:http2'
import type { Clock } from '../../util/clock.ts'
import type { Quota } from '../fcm/fcm-errors.ts'
import { type Judgement, type Reply, textReply } from '../server/answer.ts'
import type { Fault } from './fault-book.ts'
import type { FaultEffect } from './fault-rule.ts'

const GARBAGE = '<html><head><title>Oops</title></head><body>\0Something else answers here.</body></html>'
const HTML = 'text/html; charset=UTF-8'

const HTTP2_CODES = {
  NO_ERROR: constants.NGHTTP2_NO_ERROR,
  INTERNAL_ERROR: constants.NGHTTP2_INTERNAL_ERROR,
  ENHANCE_YOUR_CALM: constants.NGHTTP2_ENHANCE_YOUR_CALM,
  CANCEL: constants.NGHTTP2_CANCEL,
}

export interface ErrorDetails {
  /** The header Retry-After. */
  readonly retryAfter: string | undefined
  readonly quota: Quota | undefined
}

export interface StruckRequest {
  /** Takes the request as if there were no rule. */
  take(): Judgement & { readonly answer: Reply }
  /** The service's own form of one of its errors. */
  error(code: string, details: ErrorDetails): Judgement & { readonly answer: Reply }
  /** A new token; with `keepsOld` false, the one that the request came with dies. */
  replaceToken?(keepsOld: boolean): string
  /** Header that carries the new token. */
  readonly tokenHeader?: string
  /** What a GOAWAY says in its debug data, unless the rule says it. Default: nothing. */
  readonly goAwayReason?: string
  /** The clock that whoever reads an HTTP-date looks at. */
  readonly realClock: Clock
}

export function strike(fault: Fault, request: StruckRequest): Judgement {
  return { ...effectOf(fault.effect, request), fault: fault.id }
}

function effectOf(effect: FaultEffect, request: StruckRequest): Judgement {
  if ('delivers' in effect && effect.delivers && effect.kind !== 'torn') request.take()
  switch (effect.kind) {
    case 'error': {
      const { code, quota } = effect
      return request.error(code, { quota, retryAfter: retryAfterHeader(effect.retryAfter, request.realClock) })
    }
    case 'delay':
      return { ...request.take(), delayMs: effect.ms }
    case 'update-client-auth':
      return updateClientAuth(effect.keepsOld ?? true, request)
    case 'status':
      return { answer: statusReply(effect, request.realClock), outcome: `status-${effect.status}` }
    case 'garbage': {
      const answer: Reply = { kind: 'reply', status: 200, contentType: HTML, body: effect.body ?? GARBAGE }
      return { answer, outcome: 'garbage' }
    }
    case 'torn': {
      const reply = effect.delivers ? request.take().answer : textReply(200, GARBAGE)
      return { answer: { kind: 'torn', reply }, outcome: 'torn' }
    }
    case 'no-answer':
      return { answer: { kind: 'hold' }, outcome: 'no-answer' }
    case 'reset':
      return { answer: { kind: 'reset' }, outcome: 'reset' }
    case 'goaway': {
      const { code = 'NO_ERROR', refusesLater = true, reason = request.goAwayReason } = effect
      const debugData = reason === undefined ? undefined : JSON.stringify({ reason })
      return { ...request.take(), goAway: { code: HTTP2_CODES[code], refusesLater, debugData } }
    }
    case 'refused-stream':
      return { answer: { kind: 'stream-reset', code: constants.NGHTTP2_REFUSED_STREAM }, outcome: 'refused-stream' }
    case 'stream-reset': {
      const code = HTTP2_CODES[effect.code ?? 'INTERNAL_ERROR']
      return { answer: { kind: 'stream-reset', code }, outcome: 'stream-reset' }
    }
  }
}

function updateClientAuth(keepsOld: boolean, request: StruckRequest): Judgement {
  const taken = request.take()
  const token = request.replaceToken?.(keepsOld)
  if (token === undefined || request.tokenHeader === undefined) return taken
  return { ...taken, answer: { ...taken.answer, headers: { ...taken.answer.headers, [request.tokenHeader]: token } } }
}

function statusReply(effect: FaultEffect & { kind: 'status' }, clock: Clock): Reply {
  const retryAfter = retryAfterHeader(effect.retryAfter, clock)
  return {
    kind: 'reply',
    status: effect.status,
    contentType: effect.contentType ?? HTML,
    body: effect.body ?? '',
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  }
}

function retryAfterHeader(retryAfter: number | string | undefined, clock: Clock): string | undefined {
  if (typeof retryAfter !== 'string') return retryAfter?.toString()
  const [, ms] = /^date:(-?\d{1,12})$/.exec(retryAfter) ?? []
  if (ms === undefined) return retryAfter
  // An HTTP-date has whole seconds (RFC 9110 §5.6.7); rounded up, so that it never asks for less than was meant.
  return new Date(Math.ceil((clock.now() + Number(ms)) / 1000) * 1000).toUTCString()
}
