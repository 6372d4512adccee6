// Modules are loaded by a Node process of their own: a test runner loads and reports them in its own way.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findOptionsFile } from '../../../../src/app/options/from-file.ts'

const FROM_FILE = new URL('../../../../src/app/options/from-file.ts', import.meta.url).href

const GOOD = {
  'default-export.ts': 'const port: number = 81\nexport default { http: { port } }',
  'named.mjs': 'export const config = { http: { port: 81 } }',
  'commonjs.js': 'module.exports = { http: { port: 81 } }',
  'plain.json': '\uFEFF{ "http": { "port": 81 } }',
}

const BAD: Readonly<Record<string, readonly [content: string, detail: string]>> = {
  'no-export.ts': ['export const options = {}', 'has neither a default export nor one named config.'],
  'not-an-object.ts': ['export default 7', 'gives no object of options.'],
  'list.json': ['[]', 'gives no object of options.'],
  'syntax.ts': [
    'export default {\n  secret: hunter2 x,\n}',
    "has a syntax error at line 2, column 19: Expected ',', got",
  ],
  'enum.ts': ['\nenum X { A }\nexport default {}', 'has a syntax error at line 2, column 1: TypeScript enum is not'],
  'syntax.mjs': [
    'export default {\n  secret: x hunter2,\n}',
    'has a syntax error at line 2, column 13: Unexpected identifier.',
  ],
  'syntax.js': [
    'const a = 1;\nconst b = ;\nmodule.exports = {}',
    "has a syntax error at line 2, column 11: Unexpected token ';'.",
  ],
  'imports-syntax.ts': [
    "import './syntax.mjs'\nexport default {}",
    'has a syntax error, or imports a file that has one: ',
  ],
  'imports-missing.ts': ["import './missing.ts'\nexport default {}", 'failed while it was loaded: Cannot find module'],
  'throws.ts': ["throw new Error('DATABASE is not set')", 'failed while it was loaded: DATABASE is not set.'],
  'comma.json': ['{\n  "a": 1,\n}', 'is not valid JSON at line 3, column 1.'],
  'token.json': ['{\n  "secret": hunter2\n}', 'is not valid JSON at line 2, column 13.'],
  'quote.json': ['{\n  "a": 1,\n  "secret": "hunter2\n}', 'is not valid JSON at line 3, column 21.'],
  'comment.json': ['// options\n{}', 'is not valid JSON at line 1, column 1.'],
  'open.json': ['{\n "a": {\n', 'is not valid JSON at line 3, column 1.'],
  'literal.json': ['{ "a": tru }', 'is not valid JSON at line 1, column 11.'],
  'empty.json': ['', 'is not valid JSON at line 1, column 1.'],
  'sendword.yaml': ['a: 1', 'has the ending “.yaml”; it must be .ts, .js, .mjs or .json.'],
}

let folder: string
let results: Readonly<Record<string, { options?: unknown; code?: string; detail?: string; shown?: string }>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendword-options-'))
  for (const [name, content] of Object.entries(GOOD)) await writeFile(join(folder, name), content)
  for (const [name, [content]] of Object.entries(BAD)) await writeFile(join(folder, name), content)
  const names = [...Object.keys(GOOD), ...Object.keys(BAD), 'missing.json', 'missing.ts']
  const script = `
    import { inspect } from 'node:util'
    import { optionsFromFile } from ${JSON.stringify(FROM_FILE)}
    const results = {}
    for (const name of ${JSON.stringify(names)}) {
      results[name] = await optionsFromFile(name).then(
        (options) => ({ options }),
        (error) => ({ code: error.code, detail: error.detail, shown: inspect(error) }),
      )
    }
    console.log(JSON.stringify(results))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
  })
  expect(stderr).not.toContain('ExperimentalWarning')
  results = JSON.parse(stdout)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(Object.keys(GOOD))('%s gives its options', (name) => {
  expect(results[name]).toEqual({ options: { http: { port: 81 } } })
})

test.each(Object.entries(BAD))('%s is refused', (name, [, detail]) => {
  expect(results[name]?.code).toBe('PUSH_CONFIG_FILE')
  expect(results[name]?.detail).toContain(`${name} ${detail}`)
  expect(results[name]?.shown).not.toContain('hunter2')
})

test.each(['missing.json', 'missing.ts'])('%s does not exist', (name) => {
  expect(results[name]).toMatchObject({ code: 'PUSH_CONFIG_FILE', detail: `${name} does not exist.` })
})

describe('the file of a folder', () => {
  test('is none, or the first of .ts, .js, .mjs and .json', async () => {
    expect(findOptionsFile(folder)).toBeUndefined()
    for (const extension of ['json', 'mjs', 'js', 'ts']) {
      const path = join(folder, `sendword.config.${extension}`)
      await writeFile(path, '')
      expect(findOptionsFile(folder)).toBe(path)
    }
  })
})
