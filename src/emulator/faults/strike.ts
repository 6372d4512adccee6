// Carries out a fault rule's effect on a request, whatever the service.
import type { Clock } from '../../util/clock.ts'
import { type Judgement, type Reply, textReply } from '../server/answer.ts'
import type { Fault } from './fault-book.ts'
import type { FaultEffect } from './fault-rule.ts'

const GARBAGE = '<html><head><title>Oops</title></head><body>\0Something else answers here.</body></html>'
const HTML = 'text/html; charset=UTF-8'

export interface StruckRequest {
  /** Takes the request as if there were no rule. */
  take(): Judgement & { readonly answer: Reply }
  /** The service's own form of one of its errors. */
  error(code: string): Judgement & { readonly answer: Reply }
  /** A new token; with `keepsOld` false, the one that the request came with dies. */
  replaceToken?(keepsOld: boolean): string
  /** Header that carries the new token. */
  readonly tokenHeader?: string
  readonly clock: Clock
}

export function strike(fault: Fault, request: StruckRequest): Judgement {
  return { ...effectOf(fault.effect, request), fault: fault.id }
}

function effectOf(effect: FaultEffect, request: StruckRequest): Judgement {
  switch (effect.kind) {
    case 'error':
      return request.error(effect.code)
    case 'delay':
      return { ...request.take(), delayMs: effect.ms }
    case 'update-client-auth':
      return updateClientAuth(effect.keepsOld ?? true, request)
    case 'status': {
      if (effect.delivers) request.take()
      return { answer: statusReply(effect, request.clock), outcome: `status-${effect.status}` }
    }
    case 'garbage': {
      if (effect.delivers) request.take()
      const answer: Reply = { kind: 'reply', status: 200, contentType: HTML, body: effect.body ?? GARBAGE }
      return { answer, outcome: 'garbage' }
    }
    case 'torn': {
      const reply = effect.delivers ? request.take().answer : textReply(200, GARBAGE)
      return { answer: { kind: 'torn', reply }, outcome: 'torn' }
    }
    case 'no-answer':
      if (effect.delivers) request.take()
      return { answer: { kind: 'hold' }, outcome: 'no-answer' }
    case 'reset':
      if (effect.delivers) request.take()
      return { answer: { kind: 'reset' }, outcome: 'reset' }
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
