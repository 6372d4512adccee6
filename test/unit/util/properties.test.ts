// Backoff and merge patches at random, against what their definitions say.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../../src/util/backoff.ts'
import { mergePatch } from '../../../src/util/merge-patch.ts'
import { fixedRandom } from '../../kit/fixed-random.ts'
import { runs } from '../../kit/runs.ts'

const DAY_MS = 86_400_000
const policies = fc
  .tuple(fc.integer({ min: 1, max: DAY_MS }), fc.integer({ min: 1, max: DAY_MS }))
  .map(([a, b]) => ({ baseMs: Math.min(a, b), capMs: Math.max(a, b) }))
const repeats = fc.nat(10_000)
const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const asked = fc.option(fc.nat(28 * DAY_MS), { nil: undefined })

describe('a wait', () => {
  test('is never shorter than base and Retry-After, nor longer than half as much again as the cap or Retry-After', () => {
    fc.assert(
      fc.property(policies, repeats, fractions, asked, (policy, repeats, fraction, retryAfterMs) => {
        const wait = backoffMs({ policy, repeats, retryAfterMs }, fixedRandom(fraction))
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(Math.max(policy.baseMs, retryAfterMs ?? 0))
        expect(wait).toBeLessThanOrEqual(Math.ceil(1.5 * Math.max(policy.capMs, retryAfterMs ?? 0)))
      }),
      runs(1_000),
    )
  })

  test('never shrinks from one repeat to the next, doubles below the cap, and stays at the cap', () => {
    fc.assert(
      fc.property(policies, repeats, (policy, repeats) => {
        const waitAt = (n: number) => backoffMs({ policy, repeats: n }, fixedRandom(0))
        const [now, next] = [waitAt(repeats), waitAt(repeats + 1)]
        expect(next).toBe(Math.min(policy.capMs, 2 * now))
      }),
      runs(1_000),
    )
  })
})

/** RFC 7396 §2, word for word. */
function naivePatch(target: unknown, patch: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const name of Object.keys(patch)) {
    if (patch[name] === null) delete result[name]
    else result[name] = naivePatch(Object.hasOwn(result, name) ? result[name] : undefined, patch[name])
  }
  return result
}

/** Few names, so that they meet. */
const names = fc.constantFrom('a', 'b', 'toString', 'constructor', '')
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ depthSize: 'medium' }, tie('leaf'), tie('array'), tie('object')),
  leaf: fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ maxLength: 3 })),
  array: fc.array(tie('json'), { maxLength: 3 }),
  object: fc.dictionary(names, tie('json'), { maxKeys: 4, noNullPrototype: true }),
}))

/** A field named `constructor` misleads comparisons by type. */
const textOf = (value: unknown) => JSON.stringify(value)

describe('a merge patch', () => {
  test('gives what RFC 7396 says, and changes neither side', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const [targetBefore, patchBefore] = [structuredClone(target), structuredClone(patch)]
        expect(textOf(mergePatch(target, patch))).toBe(textOf(naivePatch(target, patch)))
        expect(textOf([target, patch])).toBe(textOf([targetBefore, patchBefore]))
      }),
      runs(1_000),
    )
  })

  test('laid over once more changes nothing more', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch)
        expect(textOf(mergePatch(once, patch))).toBe(textOf(once))
      }),
      runs(300),
    )
  })
})
