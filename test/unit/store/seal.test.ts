import { expect, test } from 'vitest'
import { createSeal } from '../../../src/store/seal.ts'
import { systemRandom } from '../../../src/util/random.ts'

const seal = createSeal('a-secret-of-thirty-two-characters', systemRandom)
const WRONG = expect.objectContaining({ code: 'PUSH_CONFIG_SECRET_WRONG' })

test('what is sealed opens again, and looks different each time', () => {
  const sealed = seal.seal('DQAAA-token', 'place')
  expect(seal.open(sealed, 'place')).toBe('DQAAA-token')
  expect(seal.seal('DQAAA-token', 'place').equals(sealed)).toBe(false)
  expect(sealed.toString('latin1')).not.toContain('DQAAA')
})

test('it opens with no other secret, in no other place, and not when a byte was changed', () => {
  const sealed = seal.seal('DQAAA-token', 'place')
  const other = createSeal('another-secret-of-thirty-two-chars', systemRandom)
  expect(() => other.open(sealed, 'place')).toThrow(WRONG)
  expect(() => seal.open(sealed, 'elsewhere')).toThrow(WRONG)
  const bent = Buffer.from(sealed)
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1
  expect(() => seal.open(bent, 'place')).toThrow(WRONG)
  expect(() => seal.open(Buffer.alloc(5), 'place')).toThrow(WRONG)
})
