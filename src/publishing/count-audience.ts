// Counting an audience before anything is sent: as far as a bounded time goes.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { Audience } from '../model/audience.ts'
import { BEFORE_ALL, countAudiencePage } from '../store/audiences.ts'
import { asStored } from '../store/stored-json.ts'
import type { Clock } from '../util/clock.ts'
import { findKnown } from './known-audience.ts'

export interface AudienceCount {
  /** Devices that would get a message now. */
  readonly devices: number
  readonly byTransport: Readonly<Partial<Record<TransportName, number>>>
  /** Devices of the audience that are pending or failed, and would be skipped. */
  readonly unreachable: number
  /** False when the time was over before all were counted: there are at least so many. */
  readonly complete: boolean
}

export interface CountContext {
  readonly database: Tx
  readonly clock: Clock
}

const PAGE = 20_000
const MAX_MS = 10_000

export async function countAudience(
  { database, clock }: CountContext,
  { app, audience }: { readonly app: string; readonly audience: Audience },
): Promise<AudienceCount> {
  const stored = asStored(await findKnown(database, app, audience))
  const endAt = clock.now() + MAX_MS
  const byTransport: Partial<Record<TransportName, number>> = {}
  let devices = 0
  let unreachable = 0
  let after: string | undefined = BEFORE_ALL
  while (after !== undefined && clock.now() < endAt) {
    const page = await countAudiencePage(database, stored, { app, after, limit: PAGE })
    for (const group of page.groups) {
      byTransport[group.transport] = (byTransport[group.transport] ?? 0) + group.reachable
      devices += group.reachable
      unreachable += group.unreachable
    }
    after = page.next
  }
  return { devices, byTransport, unreachable, complete: after === undefined }
}
