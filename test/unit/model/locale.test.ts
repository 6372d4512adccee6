import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { canonicalTag, lookUpTag } from '../../../src/model/locale.ts'
import { inLocale, tagFor } from '../../../src/model/localised.ts'

test.each([
  ['zh-Hant-TW', ['zh-Hant', 'zh'], 'zh-Hant'],
  ['zh-Hant-TW', ['zh', 'en'], 'zh'],
  ['zh-Hant-TW', ['en'], undefined],
  // A single letter says nothing without what follows it: RFC 4647 §3.4.
  ['de-u-co-phonebk', ['de-u', 'de'], 'de'],
  ['zh-Hant-CN-x-private1-private2', ['zh-Hant-CN-x', 'zh-Hant-CN'], 'zh-Hant-CN'],
  ['pt', ['pt-BR'], undefined],
])('of %s and %j it is %s', (wanted, tags, found) => {
  expect(lookUpTag(wanted, (tag) => tags.includes(tag))).toBe(found)
})

const letter = fc.constantFrom(...'abcde')
const subtag = fc.string({ unit: letter, minLength: 1, maxLength: 3 })
const tag = fc.array(subtag, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('-'))

/** The rule of RFC 4647 §3.4 as it is written there. */
function model(wanted: string, tags: readonly string[]): string | undefined {
  const parts = wanted.split('-')
  while (parts.length > 0) {
    if (tags.includes(parts.join('-'))) return parts.join('-')
    parts.pop()
    if (parts.at(-1)?.length === 1) parts.pop()
  }
  return undefined
}

it('finds what the rule finds', () => {
  fc.assert(
    fc.property(tag, fc.array(tag, { maxLength: 8 }), (wanted, tags) => {
      expect(lookUpTag(wanted, (one) => tags.includes(one))).toBe(model(wanted, tags))
    }),
  )
})

it('a tag has one form, and what is none has none', () => {
  expect(['PT-br', 'zh-hant-tw', 'iw'].map(canonicalTag)).toEqual(['pt-BR', 'zh-Hant-TW', 'he'])
  const wrong = ['', '*', 'a', 'pt_BR', '__proto__', 'constructor', 'pt--BR', `en-${'a'.repeat(200)}`]
  expect(wrong.map(canonicalTag)).toEqual(wrong.map(() => undefined))
})

const content = {
  data: { a: 'base', b: 'base' },
  notification: { title: 'Hello', sound: 'default' },
  locales: {
    pt: { notification: { title: 'Olá', body: undefined }, data: { b: 'pt', c: 'pt' } },
    'zh-Hant': { data: { a: 'zh' } },
  },
}

it('a language is laid over the rest, key by key', () => {
  const { data, notification } = content
  expect(inLocale(content, 'pt')).toEqual({
    data: { a: 'base', b: 'pt', c: 'pt' },
    notification: { title: 'Olá', sound: 'default' },
  })
  expect(inLocale(content, 'zh-Hant')).toEqual({ data: { a: 'zh', b: 'base' }, notification })
  expect(inLocale(content, undefined)).toEqual({ data, notification })
})

it('a recipient has the language of his own, and else the app’s', () => {
  expect(tagFor(content, 'pt-BR')).toBe('pt')
  expect(tagFor(content, 'fr')).toBeUndefined()
  expect(tagFor(content, undefined)).toBeUndefined()
  const withFallback = { ...content, fallbackLocale: 'zh-Hant-TW' }
  expect(tagFor(withFallback, undefined)).toBe('zh-Hant')
  expect(tagFor(withFallback, 'fr')).toBeUndefined()
  expect(tagFor(content, 'constructor')).toBeUndefined()
})
