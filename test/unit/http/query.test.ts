import { describe, expect, test } from 'vitest'
import { decodePercent } from '../../../src/http/percent-decoding.ts'
import { readQuery, singleValue, splitTarget } from '../../../src/http/query.ts'

test.each([
  ['/a/b?c=d', { path: '/a/b', query: 'c=d' }],
  ['/a', { path: '/a', query: '' }],
  ['/a?', { path: '/a', query: '' }],
  ['/a?b?c', { path: '/a', query: 'b?c' }],
  ['http://host:80/a?b=http://c', { path: '/a', query: 'b=http://c' }],
  ['HTTPS://host?b', { path: '', query: 'b' }],
  ['*', { path: '*', query: '' }],
  ['', { path: '', query: '' }],
])('the target %s has its parts', (target, parts) => {
  expect(splitTarget(target)).toEqual(parts)
})

describe('percent-encoding', () => {
  test.each([
    ['abc', 'abc'],
    ['%41%62', 'Ab'],
    ['%c3%bc%C3%BC', 'üü'],
    ['%F0%9F%93%B1', '\u{1f4f1}'],
    ['a+b', 'a+b'],
    ['%25%32%46', '%2F'],
    ['%EF%BB%BFx', '\ufeffx'],
    ['%00', '\0'],
  ])('%s is decoded once', (part, text) => {
    expect(decodePercent(part)).toBe(text)
  })

  test.each([
    '%',
    '%4',
    '%zz',
    'a%',
    '%u0041',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%c3',
    '%f5%80%80%80',
    'ü',
    '\u0100',
    '\n',
  ])('%j is refused', (part) => {
    expect(decodePercent(part)).toBeUndefined()
  })
})

test('a parameter may be given once, and a name without = is empty', () => {
  const query = readQuery('a=1&b&c=x=y&&d=+%2B+&e=1&e=2&f[0]=1')
  expect(singleValue(query, 'a')).toBe('1')
  expect(singleValue(query, 'b')).toBe('')
  expect(singleValue(query, 'c')).toBe('x=y')
  expect(singleValue(query, 'd')).toBe(' + ')
  expect(singleValue(query, 'none')).toBeUndefined()
  expect(() => singleValue(query, 'e')).toThrow('e is given 2 times; it must be given once.')
  expect(() => singleValue(query, 'f')).toThrow('f is given as an array; it must be one value.')
})

test('a query of 4 KiB is read, a longer one is not', () => {
  expect(readQuery('a'.repeat(4096)).size).toBe(1)
  expect(() => readQuery('a'.repeat(4097))).toThrow('longer than 4096 bytes')
})
