import { expect, test } from 'vitest'
import { mergeOptions } from '../../../../src/app/options/merge-options.ts'
import { resolveOptions } from '../../../../src/app/options/resolve-options.ts'
import type { SendwordOptions } from '../../../../src/app/options/sendword-options.ts'

const TABLE: ReadonlyArray<readonly [title: string, base: SendwordOptions, over: SendwordOptions, merged: object]> = [
  ['the later value counts', { http: { port: 1 } }, { http: { port: 2 } }, { http: { port: 2 } }],
  ['sections are joined', { http: { port: 1 } }, { http: { host: '::' } }, { http: { port: 1, host: '::' } }],
  ['apps are joined', { apps: { a: {} } }, { apps: { b: {} } }, { apps: { a: {}, b: {} } }],
  ['lists are replaced', { trustedProxies: ['::1'] }, { trustedProxies: [] }, { trustedProxies: [] }],
  ['false overrules', { workers: true }, { workers: false }, { workers: false }],
]

test.each(TABLE)('%s', (_title, base, over, merged) => {
  expect(mergeOptions(base, over)).toEqual(merged)
})

test('undefined overrules nothing', () => {
  const over = { http: { port: undefined }, log: undefined } as unknown as SendwordOptions
  expect(mergeOptions({ http: { port: 1 }, log: { level: 'warn' } }, over)).toEqual({
    http: { port: 1 },
    log: { level: 'warn' },
  })
})

test('neither side is changed', () => {
  const base = Object.freeze({ http: Object.freeze({ port: 1 }) })
  mergeOptions(base, { http: { port: 2 } })
  expect(base).toEqual({ http: { port: 1 } })
})

test('a key __proto__ in a file reaches no prototype and is refused as any unknown option', () => {
  const hostile = JSON.parse('{ "__proto__": { "polluted": true }, "http": { "__proto__": { "port": 1 } } }')
  const merged = mergeOptions({ http: { host: '::' } }, hostile)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  expect(merged.http?.port).toBeUndefined()
  expect(() => resolveOptions(merged)).toThrow('__proto__ is not an option.')
})
