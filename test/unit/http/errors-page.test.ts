// docs/reference/errors.md and the table of errors say the same, in both directions.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { STATUS_BY_CODE } from '../../../src/http/problem.ts'
import { ERROR_TABLE, type ErrorCode } from '../../../src/model/error-table.ts'

const page = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [code = '', ...lines] = section.split(/^## /m)[0]?.trim().split('\n') ?? []
      return [code, lines.join('\n').trim()]
    }),
)

function expected(code: ErrorCode): string {
  const { title, cure } = ERROR_TABLE[code]
  const status = STATUS_BY_CODE[code]
  // A fault of ours is always answered as PUSH_INTERNAL.
  const shown = status !== 500 || code === 'PUSH_INTERNAL' ? ` HTTP ${status}.` : ''
  return `${title}${shown}\n\n${cure}`
}

test.each(Object.keys(ERROR_TABLE) as ErrorCode[])('%s stands on the page, with its title, status and cure', (code) => {
  expect(sections.get(code)).toBe(expected(code))
})

test('the page has no code that the table has not', () => {
  expect([...sections.keys()].filter((code) => !(code in ERROR_TABLE))).toEqual([])
})

test('no code stands twice', () => {
  expect(page.match(/^### /gm)).toHaveLength(sections.size)
})
