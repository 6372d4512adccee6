import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OPTION_ENTRIES } from '../../../../src/app/options/option-table.ts'

const DOCS = readFileSync(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8')
const ROWS = DOCS.split('\n')
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
  .filter((cells) => /^`.+`$/.test(cells[0] ?? '') && cells.length === 5)

const quoted = (cell = '') => Array.from(cell.matchAll(/`([^`]+)`/g), (match) => match[1])

test('the documentation lists every option, in the order of the table, and none too many', () => {
  expect(ROWS.map((cells) => quoted(cells[0])[0])).toEqual([...OPTION_ENTRIES.keys()])
})

test.each(ROWS)('the documentation of %s agrees with the table', (path, env, fallback, allowed, about) => {
  const entry = OPTION_ENTRIES.get(quoted(path)[0] ?? '')
  expect(quoted(env)).toEqual(entry?.env)
  expect(quoted(fallback)[0]).toBe(entry?.default === undefined ? undefined : JSON.stringify(entry.default))
  expect(allowed).toBe(entry?.kind.allowed)
  expect(about).toBe(`${entry?.about}${entry?.secret ? ' Secret.' : ''}`)
})

test('every name in the environment that the documentation speaks of exists', () => {
  const names = [...OPTION_ENTRIES.values()].flatMap((entry) => entry.env)
  const spokenOf =
    DOCS.match(
      /\b(?:(?:SENDWORD|DATABASE|C2DM|FCM|APNS|WEBPUSH|CLIENT_LOGIN|SMTP|LOG_MAIL)_[A-Z0-9_]+|(?:HTTPS|NO)_PROXY|(?:https|no)_proxy)\b/g,
    ) ?? []
  expect(new Set(spokenOf)).toEqual(new Set(names))
})

test('no two options share a name in the environment, and every option has one', () => {
  const names = [...OPTION_ENTRIES.values()].flatMap((entry) => entry.env)
  expect(new Set(names).size).toBe(names.length)
  for (const [path, entry] of OPTION_ENTRIES) expect(entry.env.length, path).toBeGreaterThan(0)
})

test('every default is a value that its option allows', () => {
  for (const [path, entry] of OPTION_ENTRIES) {
    if (entry.default !== undefined) expect(entry.kind.schema.safeParse(entry.default).success, path).toBe(true)
  }
})
