import { describe, expect, test } from 'vitest'
import { parseStrictJson, showName } from '../../../src/http/api/strict-json.ts'

describe('text that means one thing', () => {
  test.each([
    '{}',
    ' [ ] ',
    '"{\\"a\\":1,\\"a\\":2}"',
    '{"a":{"x":1},"b":{"x":2},"x":3}',
    '[{"a":1},{"a":2}]',
    '{"a":"b","b":"a","c":["a","a","b:"],"d":"a\\":"}',
    '{"a\\\\":1,"a":2,"a\\"":3,"":4," ":5}',
    '{ "a" \n : 1 , "b"\t:2 }',
    `{"a":"${'x'.repeat(60_000)}"}`,
    `{"a":"${'\\"'.repeat(30_000)}"}`,
    `${'['.repeat(16)}${']'.repeat(16)}`,
  ])('%s is read as JSON.parse reads it', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })
})

describe('refused with its name', () => {
  test.each([
    ['{"a":1,"a":2}', 'The field "a" is given twice.'],
    ['{"a" :1,"\\u0061"\n:2}', 'The field "a" is given twice.'],
    ['[{"b":{"a":1,"b":[{"c":1,"c":1}]}}]', 'The field "c" is given twice.'],
    ['{"":1,"":2}', 'The field "" is given twice.'],
    ['{"__proto__":1}', 'No field may be named __proto__.'],
    ['{"a":{"\\u005f_proto__":1}}', 'No field may be named __proto__.'],
    [`${'['.repeat(17)}${']'.repeat(17)}`, 'The body is nested deeper than 16 levels.'],
  ])('%s', (text, detail) => {
    expect(() => parseStrictJson(text)).toThrow(expect.objectContaining({ code: 'PUSH_REQUEST_INVALID', detail }))
  })

  test('what is not JSON, by its place and without its text', () => {
    const detail = expect.stringMatching(/^The body is not JSON( from character \d+ on)?\.$/)
    for (const text of ['', '{"password":"secret",}', 'secret', '{"a":1}x', '\ufeff{}']) {
      expect(() => parseStrictJson(text)).toThrow(expect.objectContaining({ detail }))
    }
  })
})

test('a name that is shown is short and has no control characters', () => {
  expect(showName('a')).toBe('"a"')
  expect(showName('\u001b[2J\n\ud800')).toBe('"\\u001b[2J\\n\\ud800"')
  expect(showName('x'.repeat(1000))).toHaveLength(67)
})
