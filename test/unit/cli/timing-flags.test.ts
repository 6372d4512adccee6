// The flags that say when a message goes.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { timingOf, withTiming } from '../../../src/cli/commands/timing-flags.ts'

function parse(...args: string[]) {
  const command = withTiming(new Command().exitOverride().configureOutput({ writeErr: () => undefined }))
  return timingOf(command.parse(args, { from: 'user' }).opts())
}

test('--send-at is a moment with its offset', () => {
  expect(parse('--send-at', '2027-01-31T09:00:00+01:00')).toMatchObject({ sendAt: new Date('2027-01-31T08:00:00Z') })
  expect(parse('--send-at', '2028-02-29T23:59Z')).toMatchObject({ sendAt: new Date('2028-02-29T23:59:00Z') })
})

test.each([
  'tomorrow',
  '2027-01-31',
  '2027-01-31T09:00:00',
  '2027-02-30T09:00:00Z',
  '2027-02-29T09:00:00+01:00',
  '2027-04-31T09:00Z',
  '2027-01-31T24:00:00Z',
  '2027-01-31T25:00:00Z',
  '2027-13-01T09:00:00Z',
])('--send-at %s is refused, rather than read as another day', (text) => {
  expect(() => parse('--send-at', text)).toThrow('It must be a time with its offset')
})
