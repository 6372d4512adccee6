// What push services may answer, at random; and what must come of it where time is not short.
import fc from 'fast-check'
import type { FinalOutcome } from '../../../src/model/outcome.ts'
import type { Answer } from '../../kit/scripted-service.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const after = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 * SECOND }))
const retryAfterMs = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 * MINUTE }))

const finalAnswers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('accepted' as const), providerId: fc.constant('p'), after }) },
  fc.record({ kind: fc.constantFrom('rejected' as const, 'unregistered' as const), reason: fc.constant('No'), after }),
)

const unfinished: fc.Arbitrary<Answer> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('deferred' as const),
      reason: fc.constant('Later'),
      scope: fc.constantFrom('device' as const, 'sender' as const),
      retryAfterMs,
      after,
    },
    { requiredKeys: ['kind', 'reason', 'scope', 'after'] },
  ),
  fc.record({ kind: fc.constant('unauthorized' as const), reason: fc.constant('Who?'), probe: fc.boolean(), after }),
  fc.record({ kind: fc.constant('unknown' as const), reason: fc.constant('teapot'), raw: fc.constant('418'), after }),
  fc.record({ kind: fc.constant('lost' as const), after }),
)

/** Some that settle nothing, and one that does. */
export const scripts: fc.Arbitrary<readonly Answer[]> = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(unfinished, { maxLength: 4 })), finalAnswers)
  .map(([first, last]) => [...first, last])

/** Nobody waits for a device for longer than a test does. */
export const unfinishedScripts = fc.array(unfinished, { maxLength: 6 })

const MAX_UNKNOWN = 3

export interface Ending {
  readonly outcome: FinalOutcome
  /** Sends that it takes. */
  readonly sends: number
  /** Those that count as attempts: not what a refused credential was in the way of. */
  readonly attempts: number
}

/** How a message must end for a device that answers so, as long as it lives. */
export function endingOf(script: readonly Answer[]): Ending {
  let unknown = 0
  let refused = 0
  for (const [index, { kind }] of script.entries()) {
    const sends = index + 1
    const end = (outcome: FinalOutcome): Ending => ({ outcome, sends, attempts: sends - refused })
    if (kind === 'accepted' || kind === 'rejected' || kind === 'unregistered') return end(kind)
    if (kind === 'unauthorized') refused++
    if (kind === 'unknown' && ++unknown === MAX_UNKNOWN) return end('rejected')
  }
  return { outcome: 'accepted', sends: script.length + 1, attempts: script.length + 1 - refused }
}
