import { expect, it } from 'vitest'
import { asStored } from '../../../src/store/stored-json.ts'

it('keys stand by length and then by bytes, at every depth, and what is undefined is gone', () => {
  const value = { bb: 1, é: [{ ba: 1, ab: 2 }], a: undefined, Z: null, c: { long: 1, k: 'b,a' } }
  expect(JSON.stringify(asStored(value))).toBe('{"Z":null,"c":{"k":"b,a","long":1},"bb":1,"é":[{"ab":2,"ba":1}]}')
})
