// What is accepted at its largest never grows beyond it, whatever the values are; in every push service's own count.
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { boundsOf, checkFit } from '../../../src/model/content-bounds.ts'
import type { MessageContent } from '../../../src/model/message.ts'
import { createPersonaliser } from '../../../src/model/personal-content.ts'
import type { TransportRules } from '../../../src/model/transport.ts'
import { checkApnsContent } from '../../../src/transports/apns/check.ts'
import { previewApns } from '../../../src/transports/apns/preview.ts'
import { checkC2dmContent } from '../../../src/transports/c2dm/check.ts'
import { previewC2dm } from '../../../src/transports/c2dm/preview.ts'
import { checkFcmContent } from '../../../src/transports/fcm/check.ts'
import { previewFcm } from '../../../src/transports/fcm/preview.ts'
import { checkWebPushContent } from '../../../src/transports/webpush/check.ts'
import { previewWebPush } from '../../../src/transports/webpush/preview.ts'

const RULES: readonly TransportRules[] = [
  { name: 'c2dm', check: checkC2dmContent, preview: previewC2dm },
  { name: 'fcm', check: checkFcmContent, preview: previewFcm },
  { name: 'apns', check: checkApnsContent, preview: previewApns },
  { name: 'webpush', check: checkWebPushContent, preview: previewWebPush },
]

const value = fc
  .string({ unit: 'binary', maxLength: 60 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: values have none
  .map((text) => text.toWellFormed().replaceAll(/[\u0000-\u001f\u007f]/g, '"'))
const hostile = fc.oneof(
  value,
  fc.string({ unit: fc.constantFrom('"', '\\', '%', '{{a}}', '\u2028', '😀', 'é'), maxLength: 60 }),
)
const piece = fc.oneof(fc.constantFrom('{{a}}', '{{b}}', 'text', 'é"'), fc.constant(''))
const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))

const content = fc.record({
  data: fc.record({ one: text, two: text }),
  notification: fc.record({
    title: text.map((title) => `T${title}`),
    body: text,
    url: text.map((path) => `https://shop.example/${path}`),
    actions: text.map((title) => [{ id: 'act', title: `A${title}` }]),
  }),
  variables: fc.record({
    a: fc.record({ default: fc.constant('a'), maxBytes: fc.integer({ min: 1, max: 60 }) }),
    b: fc.record({ default: fc.constant(''), label: fc.constant('b'), maxBytes: fc.integer({ min: 1, max: 60 }) }),
  }),
  locales: fc.record({ pt: fc.record({ notification: fc.record({ title: text.map((title) => `P${title}`) }) }) }),
  receipts: fc.boolean(),
})

test.each(RULES)('$name: no values make a message larger than it was checked for', ({ preview }) => {
  fc.assert(
    fc.property(content, hostile, hostile, fc.constantFrom('pt', 'fr'), (message: MessageContent, a, b, locale) => {
      const largest = [...boundsOf(message)].find((bounds) => bounds.locale === (locale === 'pt' ? 'pt' : undefined))
      const personal = createPersonaliser(message)({ locale, values: { a }, labels: { b } })
      if (largest === undefined) throw new Error('there is no such language')
      expect(preview(personal, 60).bytes).toBeLessThanOrEqual(preview(largest.largest, 60).bytes)
    }),
  )
})

it('a message that is too big says in which language, and how much of it the variables are', () => {
  const message = {
    data: { a: '{{name}}' },
    variables: { name: { default: 'x', maxBytes: 300 } },
    locales: { 'pt-BR': { data: { a: `${'é'.repeat(20)}{{name}}` } } },
  }
  const [c2dm] = RULES
  const failure = c2dm && checkFit(c2dm, message)
  expect(failure?.code).toBe('PUSH_MESSAGE_TOO_BIG')
  expect(failure?.detail).toMatch(/^In the locale pt-BR: The message is \d+ bytes; C2DM takes 1024/)
  expect(failure?.detail).toContain('900 of these bytes are kept for variables at their largest')
})
