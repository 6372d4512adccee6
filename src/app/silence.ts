// Devices that nothing was heard of for as long as their app says: they become stale, and messages skip them.
import type { Database } from '../database/tx.ts'
import type { RaiseEvent } from '../model/event.ts'
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
  readonly apps: ReadonlyMap<string, Pick<ResolvedApp, 'staleAfterDays'>>
}

export async function sweepSilence({ apps, ...sweep }: SilenceSweep): Promise<void> {
  for (const [app, { staleAfterDays }] of apps) {
    if (staleAfterDays > 0) await sweepApp(sweep, app, staleAfterDays * DAY_MS)
  }
}

async function sweepApp(
  { database, clock, raise }: Omit<SilenceSweep, 'apps'>,
  app: string,
  staleAfterMs: number,
): Promise<void> {
  const at = new Date(clock.now())
  const before = new Date(at.getTime() - staleAfterMs)
  for (let batch = 0; batch < BATCHES_A_SWEEP; batch++) {
    const { looked, stale } = await database.transaction((tx) =>
      failSilentDevices(tx, { app, before, at, limit: BATCH }),
    )
    if (stale.length > 0) raise({ type: 'devices.stale', app, deviceIds: stale })
    if (looked < BATCH) return
  }
}
