// What a sender may ask for, also one whose language checks no types.
import { expect, test } from 'vitest'
import { InputError } from '../../../src/model/push-error.ts'
import { assertTiming, type MessageTiming } from '../../../src/model/timing.ts'

const NOW = Date.parse('2026-11-25T10:00:00Z')

test.each<[what: string, timing: object]>([
  ['a localTime that is null', { localTime: null }],
  ['a localTime that is a text', { localTime: '09:00' }],
  ['a localTime without a time', { localTime: {} }],
  ['an ifPast that is null', { localTime: { at: '09:00', ifPast: null } }],
  ['a sendAt that is null', { sendAt: null }],
  ['a sendAt that is a text', { sendAt: '2027-01-31T09:00:00Z' }],
  ['a sendAt that is no moment', { sendAt: new Date(Number.NaN) }],
  ['quiet hours that are ignored by a text', { ignoreQuietHours: 'no' }],
])('%s is refused', (_, timing) => {
  expect(() => assertTiming(timing as MessageTiming, NOW)).toThrow(InputError)
})
