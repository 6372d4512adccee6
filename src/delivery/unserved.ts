// What this process left to others, as it has no such transport: it claims none of those jobs for a while. Then it
// looks again, so that what has expired meanwhile is recorded, even where no process has that transport.
import type { TransportName } from '../model/address.ts'
import type { JobGroup } from '../queue/job.ts'
import type { Clock } from '../util/clock.ts'
import type { TransportPlace } from './context.ts'

const LOOK_AGAIN_MS = 60_000

export interface Unserved {
  add(app: string, transport: TransportName): void
  /** These are served now, or not any more: it must be found out again. */
  forget(places: readonly TransportPlace[]): void
  groups(): JobGroup[]
}

export interface UnservedInput {
  readonly clock: Clock
  /** Whether this process has any transport of the app. */
  readonly servesApp: (app: string) => boolean
}

export function createUnserved({ clock, servesApp }: UnservedInput): Unserved {
  const entries = new Map<string, { readonly group: JobGroup; readonly until: number }>()
  const set = (group: JobGroup) => {
    entries.set(keyOf(group), { group, until: clock.now() + LOOK_AGAIN_MS })
  }
  return {
    add(app, transport) {
      set({ app, transport })
      // Jobs of which it is not known what they need: no use either, where none of the app's could be sent.
      if (!servesApp(app)) set({ app })
    },
    forget(places) {
      for (const { app, name } of places) {
        entries.delete(keyOf({ app, transport: name }))
        entries.delete(keyOf({ app }))
      }
    },
    groups() {
      const now = clock.now()
      for (const [key, { until }] of entries) if (until <= now) entries.delete(key)
      return Array.from(entries.values(), ({ group }) => group)
    },
  }
}

function keyOf({ app, transport = '' }: { app: string; transport?: string | undefined }): string {
  return `${app}\0${transport}`
}
