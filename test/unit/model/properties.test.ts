// The bounds of what people name, at random: what is taken can be kept, and what is refused could not be.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDeviceId } from '../../../src/model/device.ts'
import { assertIdempotencyKey } from '../../../src/publishing/idempotency.ts'
import { runs } from '../../kit/runs.ts'

const units = fc.constantFrom('a', 'ß', '字', '🎈', '\0', '\n', '\u007f', '\ud800', ' ')
const texts = fc.oneof(
  fc.array(units, { maxLength: 80 }).map((some) => some.join('')),
  fc.nat(300).map((length) => 'x'.repeat(length)),
  fc.tuple(fc.constantFrom('ß', '字', '🎈'), fc.nat(70)).map(([unit, length]) => unit.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 70 }),
)

/** As PostgreSQL would keep it: UTF-8 without NUL. */
const survives = (text: string) => Buffer.from(text).toString() === text && !text.includes('\0')
const bytesOf = (text: string) => new TextEncoder().encode(text).length

test('a device id is 8 to 64 bytes of text without controls', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = bytesOf(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant.
      const isClean = survives(text) && !/[\u0000-\u001f\u007f]/.test(text)
      expect(isDeviceId(text)).toBe(isClean && bytes >= 8 && bytes <= 64)
    }),
    runs(2_000),
  )
})

test('an idempotency key is 1 to 255 bytes of text that can be kept', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const isTaken = survives(text) && text !== '' && bytesOf(text) <= 255
      const check = () => assertIdempotencyKey(text)
      if (isTaken) expect(check).not.toThrow()
      else expect(check).toThrow(expect.objectContaining({ code: 'PUSH_MESSAGE_INVALID' }))
    }),
    runs(2_000),
  )
})
