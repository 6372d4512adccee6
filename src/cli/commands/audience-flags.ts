// The flags that say whom a message goes to, and the audience that they make.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { TRANSPORT_NAMES, type TransportName } from '../../model/address.ts'
import type { Audience, DeviceFilter } from '../../model/audience.ts'
import { InputError } from '../../model/push-error.ts'
import { ifAnyGiven } from '../../util/given.ts'
import { readTime } from '../read-time.ts'
import { addPair } from './message-flags.ts'

export interface AudienceFlags {
  readonly everyone?: true
  readonly device?: readonly string[]
  readonly user?: readonly string[]
  readonly group?: readonly string[]
  readonly channel?: string
  readonly transport?: TransportName
  readonly locale?: string
  readonly timeZone?: string
  readonly appVersion?: string
  readonly label?: Readonly<Record<string, string>>
  readonly seenAfter?: Date
  readonly seenBefore?: Date
  readonly createdAfter?: Date
  readonly createdBefore?: Date
}

export function withAudience(command: Command): Command {
  return command
    .option('--everyone', 'To all devices of the app.')
    .option('--device <ids...>', 'To these devices.')
    .option('--user <ids...>', 'To all devices of these users.')
    .option('--group <names...>', 'To the devices of these groups and their parts.')
    .option('--channel <name>', 'To the devices that this channel reaches.')
    .addOption(new Option('--transport <name>', 'To devices of this push service.').choices(TRANSPORT_NAMES))
    .option('--locale <tag>', 'To devices of this locale: pt finds pt-BR too.')
    .option('--time-zone <zone>', 'To devices in this time zone.')
    .option('--app-version <version>', 'To devices with this version of the application.')
    .option('--label <key=value...>', 'To devices with each of these labels.', addPair)
    .option('--seen-after <time>', 'To devices that were seen from this time on: 2026-01-31.', parseTime)
    .option('--seen-before <time>', 'To devices that were not seen since this time.', parseTime)
    .option('--created-after <time>', 'To devices that were made from this time on.', parseTime)
    .option('--created-before <time>', 'To devices that were made before this time.', parseTime)
}

/** Throws InputError PUSH_COMMAND_INVALID unless the flags make exactly one audience. */
export function audienceOf(flags: AudienceFlags): Audience {
  const { everyone, device: devices, user: users, group: groups, channel } = flags
  const filter = filterOf(flags)
  const kinds: Audience[] = [
    ...(everyone ? [{ everyone }] : []),
    ...(devices ? [{ devices }] : []),
    ...(users ? [{ users }] : []),
    ...(groups ? [{ groups }] : []),
    ...(channel !== undefined ? [{ channel }] : []),
    ...(filter ? [{ where: filter }] : []),
  ]
  const [audience] = kinds
  if (audience !== undefined && kinds.length === 1) return audience
  throw new InputError('PUSH_COMMAND_INVALID', {
    detail: kinds.length === 0 ? 'It is not said whom the message goes to.' : 'The flags name more than one audience.',
    cure: 'Give --everyone, or --device, --user, --group or --channel, or a filter such as --locale and --label.',
  })
}

function filterOf(flags: AudienceFlags): DeviceFilter | undefined {
  const { transport, locale, timeZone, appVersion, label, seenAfter, seenBefore, createdAfter, createdBefore } = flags
  return ifAnyGiven({
    ...{ transport, locale, timeZone, appVersion, labels: label },
    ...{ lastSeenAfter: seenAfter, lastSeenBefore: seenBefore, createdAfter, createdBefore },
  })
}

function parseTime(text: string): Date {
  const time = readTime(text)
  if (time) return time
  throw new InvalidArgumentError('It must be a date or a time: 2026-01-31, or 2026-01-31T12:00:00Z.')
}
