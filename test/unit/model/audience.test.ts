import { expect, test } from 'vitest'
import { type Audience, assertAudience } from '../../../src/model/audience.ts'

const check = (audience: unknown) => () => assertAudience(audience as Audience)
const names = (count: number) => Array.from({ length: count }, (_, n) => `device-${n}`)

test.each<[string, Audience]>([
  ['devices', { devices: names(1_000) }],
  ['a user', { user: 'ann' }],
  ['users', { users: ['ann', 'bob'] }],
  ['everyone', { everyone: true }],
  ['a filter', { where: { transport: 'fcm', labels: { plan: '' }, lastSeenAfter: new Date(0) } }],
])('%s are an audience', (_, audience) => {
  expect(check(audience)).not.toThrow()
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'everyone'],
  ['no kind', {}],
  ['two kinds', { everyone: true, user: 'ann' }],
  ['an unknown kind', { planet: 'mars' }],
  ['a kind that every object has', { constructor: [] }],
  ['everyone who is not', { everyone: false }],
  ['no devices', { devices: [] }],
  ['too many devices', { devices: names(1_001) }],
  ['what is no device id', { devices: ['short'] }],
  ['a user without a name', { user: '' }],
  ['an empty filter', { where: { locale: undefined } }],
  ['an unknown field of a filter', { where: { colour: 'red' } }],
  ['an unknown push service', { where: { transport: 'pigeon' } }],
  ['a time that is none', { where: { lastSeenAfter: new Date(Number.NaN) } }],
  ['no labels', { where: { labels: {} } }],
  ['a label that is no text', { where: { labels: { plan: 1 } } }],
])('%s is none', (_, audience) => {
  expect(check(audience)).toThrow(expect.objectContaining({ code: 'PUSH_AUDIENCE_INVALID' }))
})
