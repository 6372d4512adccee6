// The flags that say when a message goes, which several commands share.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { InputError } from '../../model/push-error.ts'
import { IF_PAST, type LocalTime, type MessageTiming, midnightOf } from '../../model/timing.ts'

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
  const timing = { sendAt, localTime, ignoreQuietHours }
  return Object.values(timing).every((value) => value === undefined) ? undefined : timing
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i

function parseTime(text: string): Date {
  const [, date] = RFC_3339.exec(text) ?? []
  // Date takes the 30th of February for a day in March.
  const time = new Date(date === undefined || midnightOf(date) === undefined ? Number.NaN : text)
  if (!Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It must be a time with its offset: 2027-01-31T09:00:00+01:00, or with Z for UTC.')
}
