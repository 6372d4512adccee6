import { describe, expect, it, test } from 'vitest'
import { assertRecipientValues, type RecipientValues, withValues } from '../../../src/model/recipient-values.ts'

const content = { data: { a: '{{name}}' }, variables: { name: { label: 'name', default: 'friend', maxBytes: 5 } } }
const audience = { users: ['ada', 'bea', '__proto__'] }

function refusal(values: unknown, whom: Parameters<typeof assertRecipientValues>[1] = audience): string {
  try {
    assertRecipientValues(content, whom, values as RecipientValues)
    return 'none'
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

describe('values', () => {
  test.each([
    ['for somebody else', { ada: { name: 'A' }, eve: { name: 'E' } }, 'at place 1 of values is not named'],
    ['of an unknown name', { ada: { nmae: 'A' } }, 'values.0 has a value for nmae'],
    ['of a prototype’s name', { ada: { constructor: 'A' } }, 'has a value for constructor'],
    ['that are no text', { ada: { name: 1 } }, 'values.0.name is not a string'],
    ['with control characters', { ada: { name: 'a\u0007' } }, 'without control characters'],
    ['with half a character', { ada: { name: '\ud800' } }, 'lone surrogates'],
    ['that are a list', [], 'must be an object'],
    ['that are no object for one', { ada: null }, 'values.0 must be an object'],
  ])('%s are refused', (_, values, why) => {
    expect(refusal(values)).toContain(why)
  })

  it('are for devices and users only', () => {
    expect(refusal({ ada: { name: 'A' } }, { everyone: true })).toContain('an audience of devices or users')
    expect(refusal({ ada: { name: 'A' } }, { user: 'ada' })).toBe('none')
    expect(refusal(JSON.parse('{"__proto__":{"name":"A"}}'))).toBe('none')
  })

  it('are bounded, all together', () => {
    const users = Array.from({ length: 1000 }, (_, i) => `user-${i}`)
    const values = Object.fromEntries(users.map((id) => [id, { name: 'x'.repeat(300) }]))
    expect(refusal(values, { users })).toMatch(/values are \d+ bytes of JSON; at most 262144/)
  })
})

it('for one device take the place of label and default, cut to their bound', () => {
  expect(withValues(content, { name: 'Adalbert' }).variables).toEqual({ name: { default: 'Adalb', maxBytes: 5 } })
  expect(withValues(content, { name: '' }).variables).toEqual(content.variables)
  expect(withValues(content, undefined)).toBe(content)
  expect(() => withValues({ data: {} }, { name: 'A' })).toThrow('which is not in variables')
})
