// The jobs of a page of devices: of one push service each and, where the time of each device depends on its zone, for
// one moment.
import type { TransportName } from '../model/address.ts'
import { type Moment, momentsByZone } from '../model/moments.ts'
import type { NewJob, SliceJob } from '../queue/job.ts'
import type { PageGroup } from '../store/audiences.ts'
import type { FanOut } from '../store/fan-outs.ts'

export interface PageSlices {
  readonly jobs: readonly NewJob[]
  /** Devices that are in them. */
  readonly found: number
  /** Jobs that are for later. */
  readonly delayed: number
}

interface SliceBounds {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Devices of one job. */
  readonly size: number
}

export function slicesOf(
  messageId: string,
  fanOut: FanOut,
  groups: readonly PageGroup[],
  bounds: SliceBounds,
): PageSlices {
  const parts = partsByMoment(fanOut, groups, bounds.now)
  const jobs = parts.flatMap((part) => jobsOf(messageId, fanOut, part, bounds))
  return {
    jobs,
    found: parts.reduce((sum, { devices }) => sum + devices.length, 0),
    delayed: jobs.filter(({ delayMs }) => delayMs !== undefined).length,
  }
}

interface Part {
  readonly transport: TransportName
  readonly devices: readonly string[]
  readonly moment?: Moment | undefined
}

/** Leaves out the devices whose local time was past. */
function partsByMoment(fanOut: FanOut, groups: readonly PageGroup[], now: number): readonly Part[] {
  const { timing, acceptedAt, expiresAt, singleTry } = fanOut
  if (!timing) return groups
  const times = { acceptedAt: acceptedAt.getTime(), expiresAt: expiresAt.getTime(), singleTry, now }
  const momentIn = momentsByZone({ timing, ...times })
  const parts = groups.flatMap(({ transport, devices, timeZone = null }) => {
    const moment = momentIn(timeZone)
    return moment && devices.length > 0 ? { transport, devices, moment } : []
  })
  const alike = Map.groupBy(parts, ({ transport, moment }) => [transport, moment.goesAt, moment.expiresAt].join())
  return [...alike.values()].flatMap((group) => {
    const [first] = group
    return first ? { ...first, devices: group.flatMap(({ devices }) => devices) } : []
  })
}

function jobsOf(
  messageId: string,
  fanOut: FanOut,
  { transport, devices, moment }: Part,
  { now, size }: SliceBounds,
): NewJob[] {
  const { app, releasedOn } = fanOut
  const delayMs = moment ? moment.goesAt - now : 0
  const later = { ...(moment && delayMs > 0 && { dueAt: moment.goesAt }), ...ownTiming(fanOut, moment) }
  const jobs: NewJob[] = []
  for (let from = 0; from < devices.length; from += size) {
    const slice = devices.slice(from, from + size)
    const job = { app, messageId, releasedOn, devices: slice, isPart: true, attempts: 0, unknowns: 0, ...later }
    jobs.push({ job: { kind: 'slice', ...job }, needs: transport, ...(delayMs > 0 && { delayMs }) })
  }
  return jobs
}

/** What is not the same for all of the message. */
function ownTiming({ timing }: FanOut, moment: Moment | undefined): Pick<SliceJob, 'expiresAt' | 'hasQuietHours'> {
  return {
    ...(moment && timing?.localTime && { expiresAt: moment.expiresAt }),
    ...(timing?.quietHours && { hasQuietHours: true }),
  }
}
