import { describe, expect, test } from 'vitest'
import { type Answer, decide, PROBE_INTERVAL_MS, type SendState } from '../../../src/delivery/retry-policy.ts'
import { TransportError } from '../../../src/model/push-error.ts'
import { fixedRandom } from '../../kit/fixed-random.ts'

const NOW = 1_000_000
const backoff = { baseMs: 30_000, capMs: 3_600_000 }
const fresh: SendState = {
  progress: { attempts: 0, unknowns: 0 },
  expiresAt: NOW + 86_400_000,
  singleTry: false,
}
const decideOn = (answer: Answer, state: Partial<SendState> = {}, fraction = 0) =>
  decide({ answer, state: { ...fresh, ...state }, backoff, now: NOW }, fixedRandom(fraction))
const unanswered = new TransportError('PUSH_TRANSPORT_UNANSWERED')

describe('a verdict on the message or the address', () => {
  test.each([
    [
      { kind: 'accepted', providerId: 'p1' },
      { outcome: 'accepted', providerId: 'p1', reason: undefined },
    ],
    [
      { kind: 'rejected', reason: 'MessageTooBig' },
      { outcome: 'rejected', reason: 'MessageTooBig' },
    ],
    [
      { kind: 'unregistered', reason: 'NotRegistered' },
      { outcome: 'unregistered', reason: 'NotRegistered' },
    ],
  ] as const)('%j ends the send', (answer, end) => {
    expect(decideOn(answer)).toMatchObject({ kind: 'end', ...end })
  })
})

describe('an answer that asks to wait, or none', () => {
  test('waits 30 s, doubled each time, up to an hour, and up to half as long again by chance', () => {
    const delays = [0, 1, 2, 10].map((attempts) => {
      const decision = decideOn(unanswered, { progress: { attempts, unknowns: 0 } })
      return decision.kind === 'retry' ? decision.delayMs : undefined
    })
    expect(delays).toEqual([30_000, 60_000, 120_000, 3_600_000])
    expect(decideOn(unanswered, {}, 0.999)).toMatchObject({ delayMs: 44_985 })
  })

  test('never waits for less than Retry-After', () => {
    const answer = { kind: 'deferred', scope: 'device', reason: 'DeviceQuotaExceeded', retryAfterMs: 90_000 } as const
    expect(decideOn(answer)).toMatchObject({ kind: 'retry', delayMs: 90_000, hold: undefined })
  })

  test('holds everything of the sender when the sender is meant', () => {
    const answer = { kind: 'deferred', scope: 'sender', reason: 'QuotaExceeded' } as const
    expect(decideOn(answer)).toMatchObject({
      kind: 'retry',
      progress: { attempts: 1, reason: 'QuotaExceeded' },
      hold: { kind: 'deferred' },
    })
  })

  test('ends as expired when the next try would come after the message’s life', () => {
    expect(decideOn(unanswered, { expiresAt: NOW + 30_000 })).toMatchObject({
      kind: 'end',
      outcome: 'expired',
      reason: 'PUSH_TRANSPORT_UNANSWERED',
    })
    expect(decideOn(unanswered, { expiresAt: NOW + 30_001 })).toMatchObject({ kind: 'retry' })
  })

  test('ends as expired when the message is tried once only', () => {
    expect(decideOn(unanswered, { singleTry: true, expiresAt: NOW })).toMatchObject({ outcome: 'expired' })
  })
})

describe('a refused credential', () => {
  test('pauses the transport and gives the send back as it was', () => {
    const progress = { attempts: 2, unknowns: 1 }
    expect(decideOn({ kind: 'unauthorized', reason: 'BadAuthentication', probe: false }, { progress })).toEqual({
      kind: 'retry',
      delayMs: PROBE_INTERVAL_MS,
      progress: { ...progress, reason: 'BadAuthentication' },
      hold: { kind: 'unauthorized', reason: 'BadAuthentication', probe: false },
    })
  })
})

describe('an answer that no table lists', () => {
  test('is repeated twice; the third of its kind rejects the message', () => {
    const answer = { kind: 'unknown', reason: 'teapot', raw: '418' } as const
    expect(decideOn(answer)).toMatchObject({ kind: 'retry', progress: { attempts: 1, unknowns: 1 } })
    expect(decideOn(answer, { progress: { attempts: 5, unknowns: 1 } })).toMatchObject({ progress: { unknowns: 2 } })
    expect(decideOn(answer, { progress: { attempts: 6, unknowns: 2 } })).toMatchObject({
      kind: 'end',
      outcome: 'rejected',
      reason: 'unknown: teapot',
    })
  })
})
