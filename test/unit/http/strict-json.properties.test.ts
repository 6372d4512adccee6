// The strict reader of JSON against JSON.parse: it reads the same, but for what it says that it refuses.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStrictJson } from '../../../src/http/api/strict-json.ts'
import { InputError } from '../../../src/model/push-error.ts'
import { runs } from '../../kit/runs.ts'

type Reading = { readonly value: unknown } | { readonly refused: true }

function read(parse: (text: string) => unknown, text: string): Reading {
  try {
    return { value: parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError || (error instanceof InputError && error.code === 'PUSH_REQUEST_INVALID')))
      throw error
    return { refused: true }
  }
}

/** A document as a tree, with fields that may come twice, written with spaces and escapes in any place. */
interface Tree {
  readonly text: string
  readonly depth: number
  /** Whether some object names a field twice, or `__proto__`. */
  readonly isAmbiguous: boolean
}

const spaces = fc.constantFrom('', ' ', '\n', '\t\r')
const escaped = (text: string): string =>
  [...text].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const strings = fc
  .tuple(
    fc.oneof(fc.constantFrom('a', 'b', '__proto__', '', '"', '\\', '{', ':'), fc.string({ maxLength: 4 })),
    fc.boolean(),
  )
  .map(([name, isEscaped]) => ({
    name,
    text: isEscaped && /^\w+$/.test(name) ? `"${escaped(name)}"` : JSON.stringify(name),
  }))

const { tree } = fc.letrec<{ tree: Tree; leaf: Tree; array: Tree; object: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'large', withCrossShrink: true }, tie('leaf'), tie('array'), tie('object')),
  leaf: fc
    .oneof(
      strings.map(({ text }) => text),
      fc.constantFrom('null', 'true', 'false', '0', '-1.5e3'),
    )
    .map((text) => ({ text, depth: 0, isAmbiguous: false })),
  array: fc.tuple(fc.array(tie('tree'), { maxLength: 3 }), spaces).map(([items, space]) => ({
    text: `[${space}${items.map(({ text }) => text).join(`,${space}`)}]`,
    ...around(items),
  })),
  object: fc.tuple(fc.array(fc.tuple(strings, tie('tree')), { maxLength: 4 }), spaces).map(([fields, space]) => {
    const names = fields.map(([{ name }]) => name)
    const inner = around(fields.map(([, value]) => value))
    return {
      text: `{${space}${fields.map(([{ text }, value]) => `${text}${space}:${space}${value.text}`).join(`${space},`)}}`,
      depth: inner.depth,
      isAmbiguous: inner.isAmbiguous || new Set(names).size < names.length || names.includes('__proto__'),
    }
  }),
}))

function around(inner: readonly Tree[]): Pick<Tree, 'depth' | 'isAmbiguous'> {
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    isAmbiguous: inner.some((each) => each.isAmbiguous),
  }
}

test('documents are read as JSON.parse reads them, unless they are ambiguous or too deep, and then they are refused', () => {
  fc.assert(
    fc.property(tree, ({ text, depth, isAmbiguous }) => {
      const expected = isAmbiguous || depth > 16 ? { refused: true } : read(JSON.parse, text)
      expect(read(parseStrictJson, text)).toStrictEqual(expected)
    }),
    runs(2_000),
  )
})

test('what is no document for JSON.parse is none here, and nothing else is read from any text', () => {
  const pieces = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', 'null', ' '), {
    maxLength: 12,
  })
  const texts = fc.oneof(
    pieces.map((some) => some.join('')),
    fc.string(),
    fc.json(),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const plain = read(JSON.parse, text)
      const strict = read(parseStrictJson, text)
      if ('refused' in plain) expect(strict).toEqual(plain)
      else if ('value' in strict) expect(strict).toStrictEqual(plain)
    }),
    runs(3_000),
  )
})
