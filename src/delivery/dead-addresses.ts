// Deactivates addresses that push services called dead, unless there are so many of them that the fault must be ours.
// Runs at the end of the transaction that writes the results, and takes its locks there for as short as can be.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import {
  addSendCounts,
  type BreakerKey,
  lockBreakers,
  type OpenBreaker,
  openBreaker,
  type SendCount,
  sumSends,
} from '../store/breakers.ts'
import { type DeadAddress, failDevices, restoreDevices } from '../store/device-verdicts.ts'
import { BREAKER_PROBE_INTERVAL_MS, BREAKER_WINDOW_MS, isUnusual } from './breaker-rule.ts'

export interface FoundDead extends DeadAddress {
  readonly app: string
}

export interface OpenedBreaker extends OpenBreaker {
  /** Devices that had been deactivated lately, and are live again. */
  readonly restored: number
}

export interface Burial {
  readonly failed: ReadonlyArray<{ app: string; deviceId: string; reason: string }>
  readonly opened: readonly OpenedBreaker[]
}

export interface BurialInput {
  readonly dead: readonly FoundDead[]
  /** Of this process; at least those of the dead addresses' transports. */
  readonly counts: readonly SendCount[]
  readonly now: number
}

export async function buryAddresses(tx: Tx, { dead, counts, now }: BurialInput): Promise<Burial> {
  const places = distinct(dead.map(({ app, address }) => ({ app, transport: address.transport })))
  const open = places.length > 0 ? await lockBreakers(tx, places, new Date(now)) : []
  await addSendCounts(tx, counts)
  const isOpen = (place: BreakerKey) => open.some((other) => keyOf(other) === keyOf(place))
  const closed = places.filter((place) => !isOpen(place))
  const sums = await sumSends(tx, closed, new Date(now - BREAKER_WINDOW_MS))
  const unusual = sums.filter(isUnusual).map((sum) => ({ ...sum, openedAt: new Date(now) }))
  const opened: OpenedBreaker[] = []
  for (const breaker of unusual) opened.push(await trip(tx, breaker))
  const spared = new Set([...open, ...opened].map(keyOf))
  const believed = dead.filter(({ app, address }) => !spared.has(keyOf({ app, transport: address.transport })))
  return { failed: await failDevices(tx, believed, new Date(now)), opened }
}

async function trip(tx: Tx, breaker: OpenBreaker): Promise<OpenedBreaker> {
  const { app, transport, openedAt } = breaker
  await openBreaker(tx, breaker, new Date(openedAt.getTime() + BREAKER_PROBE_INTERVAL_MS))
  const since = new Date(openedAt.getTime() - BREAKER_WINDOW_MS)
  return { ...breaker, restored: await restoreDevices(tx, { app, transport, since }) }
}

function distinct(places: ReadonlyArray<{ app: string; transport: TransportName }>): BreakerKey[] {
  return [...new Map(places.map((place) => [keyOf(place), place])).values()]
}

function keyOf({ app, transport }: BreakerKey): string {
  return `${app}\0${transport}`
}
