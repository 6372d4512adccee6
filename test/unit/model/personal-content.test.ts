import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPersonaliser } from '../../../src/model/personal-content.ts'
import { cutBytes, fillContent } from '../../../src/model/template.ts'

const content = {
  data: { greeting: 'Hello {{name}}', code: '{{code}}' },
  notification: {
    title: '{{name}}, it is here',
    url: 'https://shop.example/{{code}}?of={{name}}',
    actions: [{ id: 'track', title: 'Track {{code}}' }],
  },
  variables: { name: { label: 'name', default: 'friend' }, code: { default: '', maxBytes: 4 } },
  locales: { pt: { notification: { title: 'Chegou, {{name}}' } } },
}

describe('a recipient gets', () => {
  const personalise = createPersonaliser(content)
  const titleFor = (recipient: Parameters<typeof personalise>[0]) => personalise(recipient).notification?.title

  it('his own value, else his device’s label, else his user’s, else the default', () => {
    const known = { values: { name: 'Ada' }, labels: { name: 'Bea' }, userLabels: { name: 'Cleo' } }
    expect(titleFor(known)).toBe('Ada, it is here')
    expect(titleFor({ ...known, values: { code: '1' } })).toBe('Bea, it is here')
    expect(titleFor({ userLabels: { name: 'Cleo' }, labels: {} })).toBe('Cleo, it is here')
    expect(titleFor({})).toBe('friend, it is here')
  })

  it('the next one where one is empty', () => {
    expect(titleFor({ values: { name: '' }, labels: { name: '' }, userLabels: { name: 'Cleo' } })).toBe(
      'Cleo, it is here',
    )
  })

  it('every text filled, in his language, and nothing else that the message holds', () => {
    expect(personalise({ locale: 'pt-BR', values: { name: 'Ada & Co', code: 'a/b#c' } })).toEqual({
      data: { greeting: 'Hello Ada & Co', code: 'a/b#' },
      notification: {
        title: 'Chegou, Ada & Co',
        url: 'https://shop.example/a%2Fb%23?of=Ada%20%26%20Co',
        actions: [{ id: 'track', title: 'Track a/b#' }],
      },
    })
  })

  it('what looks like a variable in a value as it is', () => {
    const label = '{{code}} $& $1 {{name}}'
    expect(titleFor({ labels: { name: label }, values: { code: 'x' } })).toBe(`${label}, it is here`)
  })

  it('nothing that objects have by themselves', () => {
    const prototypes = createPersonaliser({
      data: { a: '{{constructor}} {{__proto__}} {{toString}}' },
      variables: Object.fromEntries(
        ['constructor', '__proto__', 'toString'].map((name) => [name, { label: name, default: 'none' }]),
      ),
    })
    expect(prototypes({ labels: {}, userLabels: {}, values: {} }).data).toEqual({ a: 'none none none' })
    expect(prototypes({ labels: JSON.parse('{"__proto__":"p"}') }).data).toEqual({ a: 'none p none' })
  })
})

describe('one object is for', () => {
  it('all who get the same', () => {
    const personalise = createPersonaliser(content)
    const [first, second] = [personalise({ labels: { name: 'Ada' } }), personalise({ values: { name: 'Ada' } })]
    expect(first).toBe(second)
    expect(personalise({ locale: 'pt', labels: { name: 'Ada' } })).not.toBe(first)
    const plain = createPersonaliser({ data: {}, locales: { pt: { data: { a: 'b' } } } })
    expect(plain({ locale: 'pt' })).toBe(plain({ locale: 'pt-BR' }))
    expect(plain({ locale: 'fr' })).toBe(plain({}))
  })
})

describe('a text that is cut', () => {
  it('is its longest beginning of whole characters within the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (text, maxBytes) => {
        const cut = cutBytes(text, maxBytes)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
        expect(text.startsWith(cut)).toBe(true)
        const next = text.slice(cut.length)[Symbol.iterator]().next().value ?? ''
        if (next !== '') expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes)
      }),
    )
  })
})

it('without variables, what looks like one stays text', () => {
  const literal = { data: { a: '{{name}}' }, locales: {} }
  expect(createPersonaliser(literal)({}).data).toEqual({ a: '{{name}}' })
})

it('a fill of a hundred thousand braces takes no longer than its length', () => {
  const braces = '{'.repeat(100_000)
  expect(fillContent({ data: { a: braces } }, () => 'x').data.a).toBe(braces)
})
