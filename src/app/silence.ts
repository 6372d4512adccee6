// Devices that nothing was heard of for as long as their app says: they become stale, and messages skip them.
import type { Database } from '../database/tx.ts'
import type { RaiseEvent, SendwordEvent } from '../model/event.ts'
import type { Announcer } from '../store/announcer.ts'
import { failSilentDevices } from '../store/device-silence.ts'
import type { Clock } from '../util/clock.ts'
import type { ResolvedApp } from './options/resolve-options.ts'

const DAY_MS = 86_400_000
/** Devices in one transaction. */
const BATCH = 500
/** So that one sweep ends; the next one goes on. */
const BATCHES_A_SWEEP = 20

export interface SilenceSweep {
  readonly database: Database
  readonly clock: Clock
  readonly raise: RaiseEvent
  readonly announcer?: Announcer | undefined
  readonly apps: ReadonlyMap<string, Pick<ResolvedApp, 'staleAfterDays'>>
}

export async function sweepSilence({ apps, ...sweep }: SilenceSweep): Promise<void> {
  for (const [app, { staleAfterDays }] of apps) {
    if (staleAfterDays > 0) await sweepApp(sweep, app, staleAfterDays * DAY_MS)
  }
}

async function sweepApp(
  { database, clock, raise, announcer }: Omit<SilenceSweep, 'apps'>,
  app: string,
  staleAfterMs: number,
): Promise<void> {
  const at = new Date(clock.now())
  const before = new Date(at.getTime() - staleAfterMs)
  for (let batch = 0; batch < BATCHES_A_SWEEP; batch++) {
    const { looked, events } = await database.transaction(async (tx) => {
      const { looked, stale } = await failSilentDevices(tx, { app, before, at, limit: BATCH })
      const events: SendwordEvent[] = stale.length > 0 ? [{ type: 'devices.stale', app, deviceIds: stale }] : []
      await announcer?.announce(tx, events)
      return { looked, events }
    })
    for (const event of events) raise(event)
    if (looked < BATCH) return
  }
}
