// What delivery decides, at random: when to repeat, and how much to claim.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Answer, decide, type SendState } from '../../../src/delivery/retry-policy.ts'
import { BULK, createRoom, URGENT } from '../../../src/delivery/room.ts'
import { TransportError } from '../../../src/model/push-error.ts'
import { fixedRandom } from '../../kit/fixed-random.ts'
import { runs } from '../../kit/runs.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 0, 1)
const reason = fc.constant('No')
const retryAfterMs = fc.nat(DAY_MS)

const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ kind: fc.constant('accepted' as const), providerId: fc.constant('p') }),
  fc.record({ kind: fc.constantFrom('rejected' as const, 'unregistered' as const), reason }),
  fc.record(
    {
      kind: fc.constant('deferred' as const),
      reason,
      scope: fc.constantFrom('device' as const, 'sender' as const),
      retryAfterMs,
    },
    { requiredKeys: ['kind', 'reason', 'scope'] },
  ),
  fc.record({ kind: fc.constant('unauthorized' as const), reason, probe: fc.boolean() }),
  fc.record({ kind: fc.constant('unknown' as const), reason, raw: fc.constant('418') }),
  fc.constant(new TransportError('PUSH_TRANSPORT_UNANSWERED')),
)
const states: fc.Arbitrary<SendState> = fc.record({
  progress: fc.record({ attempts: fc.nat(100), unknowns: fc.nat(2), reason: fc.option(reason, { nil: undefined }) }),
  expiresAt: fc.integer({ min: -DAY_MS, max: 28 * DAY_MS }).map((ms) => NOW + ms),
  singleTry: fc.boolean(),
})
const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const backoff = { baseMs: 1_000, capMs: 3_600_000 }

describe('what follows an answer', () => {
  test('is an end, or another try within the life of the message and not before the push service wants it', () => {
    fc.assert(
      fc.property(answers, states, fractions, (answer, state, fraction) => {
        const decision = decide({ answer, state, backoff, now: NOW }, fixedRandom(fraction))
        const kind = answer instanceof TransportError ? 'lost' : answer.kind
        if (decision.kind === 'end') {
          if (kind === 'accepted' || kind === 'rejected' || kind === 'unregistered') expect(decision.outcome).toBe(kind)
          else expect(['expired', 'rejected']).toContain(decision.outcome)
          expect(kind).not.toBe('unauthorized')
          if (decision.outcome === 'rejected' && kind === 'unknown') expect(state.progress.unknowns).toBe(2)
          return
        }
        expect(['accepted', 'rejected', 'unregistered']).not.toContain(kind)
        expect(decision.delayMs).toBeGreaterThan(0)
        // What waits for a credential is given back as it was, and judged again when it is due.
        if (kind === 'unauthorized') {
          expect(decision.progress).toMatchObject({
            attempts: state.progress.attempts,
            unknowns: state.progress.unknowns,
          })
          expect(decision.hold?.kind).toBe('unauthorized')
          return
        }
        expect(state.singleTry).toBe(false)
        expect(NOW + decision.delayMs).toBeLessThan(state.expiresAt)
        const asked = 'retryAfterMs' in answer ? (answer.retryAfterMs ?? 0) : 0
        expect(decision.delayMs).toBeGreaterThanOrEqual(Math.max(asked, backoff.baseMs))
        expect(decision.progress.attempts).toBe(state.progress.attempts + 1)
        expect(decision.progress.unknowns).toBe(state.progress.unknowns + (kind === 'unknown' ? 1 : 0))
        expect(decision.hold !== undefined).toBe('scope' in answer && answer.scope === 'sender')
      }),
      runs(3_000),
    )
  })

  test('comes to an end after three answers that no table lists, however they are mixed with others', () => {
    fc.assert(
      fc.property(fc.array(answers, { minLength: 40, maxLength: 80 }), (script) => {
        const unlisted = script.filter((answer) => !(answer instanceof TransportError) && answer.kind === 'unknown')
        let state: SendState = {
          progress: { attempts: 0, unknowns: 0 },
          expiresAt: NOW + 400 * DAY_MS,
          singleTry: false,
        }
        let met = 0
        for (const answer of script) {
          if (unlisted.includes(answer as never)) met++
          const decision = decide({ answer, state, backoff, now: NOW }, fixedRandom())
          if (decision.kind === 'end') return
          state = { ...state, progress: decision.progress }
        }
        expect(met).toBeLessThan(3)
      }),
      runs(300),
    )
  })
})

describe('how much a process claims', () => {
  const loads = fc.record({ held: fc.nat(400), openSends: fc.nat(6_000) })
  const learned = fc.option(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat(100_000)), { nil: undefined })

  test.each([
    ['single messages', URGENT],
    ['slices', BULK],
  ])(
    '%s: never more than a claim’s bound, nor than it may hold, and something whenever it holds nothing',
    (_, bounds) => {
      fc.assert(
        fc.property(loads, learned, ({ held, openSends }, seen) => {
          const room = createRoom(bounds)
          if (seen) room.learn(...seen)
          const jobs = room.jobs({ held, openSends })
          expect(Number.isInteger(jobs)).toBe(true)
          expect(jobs).toBeGreaterThanOrEqual(0)
          expect(jobs).toBeLessThanOrEqual(bounds.maxClaim)
          if (jobs > 0) expect(held + jobs).toBeLessThanOrEqual(bounds.maxHeld)
          expect(room.jobs({ held: 0, openSends: 0 })).toBeGreaterThanOrEqual(1)
          // More held, or more sends open, never makes more room.
          if (held > 0) {
            expect(room.jobs({ held: held + 1, openSends })).toBeLessThanOrEqual(jobs)
            expect(room.jobs({ held, openSends: openSends + 1 })).toBeLessThanOrEqual(jobs)
          }
        }),
        runs(1_000),
      )
    },
  )
})
