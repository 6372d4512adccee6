// The flags that say when a message goes, which several commands share.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { InputError } from '../../model/push-error.ts'
import { IF_PAST, type LocalTime, type MessageTiming } from '../../model/timing.ts'
import { ifAnyGiven } from '../../util/given.ts'
import { readTime } from '../read-time.ts'

export interface TimingFlags {
  readonly sendAt?: Date
  readonly localTime?: string
  readonly ifPast?: NonNullable<LocalTime['ifPast']>
  readonly ignoreQuietHours?: true
}

export function withTiming(command: Command): Command {
  return command
    .option('--send-at <time>', 'Not before this moment: 2027-01-31T09:00:00+01:00, at most a year ahead.', parseTime)
    .option('--local-time <time>', 'At this time by each recipient’s clocks: 09:00, or 2027-01-31T09:00.')
    .addOption(
      new Option('--if-past <what>', 'Where the local time is past already. (default: next-day)').choices(IF_PAST),
    )
    .option('--ignore-quiet-hours', 'Go at once also in the app’s quiet hours.')
}

export function timingOf({ sendAt, localTime: at, ifPast, ignoreQuietHours }: TimingFlags): MessageTiming | undefined {
  if (ifPast !== undefined && at === undefined) {
    throw new InputError('PUSH_COMMAND_INVALID', {
      detail: '--if-past says what becomes of a local time.',
      cure: 'Give --local-time with it.',
    })
  }
  const localTime = at === undefined ? undefined : { at, ifPast }
  return ifAnyGiven({ sendAt, localTime, ignoreQuietHours })
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i

function parseTime(text: string): Date {
  const time = RFC_3339.test(text) ? readTime(text) : undefined
  if (time) return time
  throw new InvalidArgumentError('It must be a time with its offset: 2027-01-31T09:00:00+01:00, or with Z for UTC.')
}
