// Breakers: whether an app's transport deactivates the addresses that its push service calls dead, and the counts of
// sends by which that is judged.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import { columns } from './bulk.ts'

export interface BreakerKey {
  readonly app: string
  readonly transport: TransportName
}

export interface OpenBreaker extends BreakerKey {
  readonly openedAt: Date
  /** What opened it: so many of so many sends had found a dead address. */
  readonly sends: number
  readonly dead: number
}

export interface SendCount extends BreakerKey {
  readonly minute: Date
  readonly sends: number
  readonly dead: number
}

/**
 * Locks the breakers of transports that found dead addresses, until the caller's transaction ends: one transaction
 * after the other deactivates, and each sees whether an earlier one has opened. Answers those that are open.
 */
export async function lockBreakers(tx: Tx, keys: readonly BreakerKey[], at: Date): Promise<BreakerKey[]> {
  const rows = await tx.execute<BreakerKey & { open: boolean }>(
    `INSERT INTO sendword.breaker AS b (app, transport, last_dead_at)
     SELECT app, transport, $3::timestamptz FROM unnest($1::text[], $2::text[]) AS v (app, transport)
      ORDER BY app, transport
     ON CONFLICT (app, transport) DO UPDATE SET last_dead_at = greatest(b.last_dead_at, excluded.last_dead_at)
     RETURNING app, transport, opened_at IS NOT NULL AS open`,
    [...keyColumns(keys), at],
  )
  return rows.filter(({ open }) => open)
}

export async function openBreaker(tx: Tx, breaker: OpenBreaker, probeAt: Date): Promise<void> {
  const { app, transport, openedAt, sends, dead } = breaker
  await tx.execute(
    `UPDATE sendword.breaker SET opened_at = $3, sends = $4, dead = $5, probe_at = $6
      WHERE app = $1 AND transport = $2`,
    [app, transport, openedAt, sends, dead, probeAt],
  )
}

/** Closes it, and forgets the sends that it was judged by; answers whether it was open. */
export async function closeBreaker(tx: Tx, { app, transport }: BreakerKey): Promise<boolean> {
  const rows = await tx.execute(
    `UPDATE sendword.breaker SET opened_at = NULL, sends = NULL, dead = NULL, probe_at = NULL
      WHERE app = $1 AND transport = $2 AND opened_at IS NOT NULL RETURNING app`,
    [app, transport],
  )
  if (rows.length === 0) return false
  await tx.execute('DELETE FROM sendword.send_count WHERE app = $1 AND transport = $2', [app, transport])
  return true
}

/** Lets one caller of all processes probe: true for the one that moved the time on. */
export async function claimBreakerProbe(
  tx: Tx,
  { app, transport, at, next }: BreakerKey & { at: Date; next: Date },
): Promise<boolean> {
  const rows = await tx.execute(
    `UPDATE sendword.breaker SET probe_at = $4
      WHERE app = $1 AND transport = $2 AND opened_at IS NOT NULL AND probe_at <= $3 RETURNING app`,
    [app, transport, at, next],
  )
  return rows.length > 0
}

export interface StandingBreaker extends OpenBreaker {
  /** From then on one message may try whether it can be closed. */
  readonly probeAt: Date
}

export async function listOpenBreakers(tx: Tx, app: string): Promise<StandingBreaker[]> {
  return await tx.execute<StandingBreaker>(
    `SELECT app, transport, opened_at AS "openedAt", sends, dead, probe_at AS "probeAt" FROM sendword.breaker
      WHERE app = $1 AND opened_at IS NOT NULL ORDER BY transport`,
    [app],
  )
}

export interface WatchedBreaker extends BreakerKey {
  /** Set while it is open. */
  readonly probeAt: Date | null
}

/** Those that are open, and those whose push service called an address dead since a time. */
export async function listWatchedBreakers(tx: Tx, since: Date): Promise<WatchedBreaker[]> {
  return await tx.execute<WatchedBreaker>(
    `SELECT app, transport, probe_at AS "probeAt" FROM sendword.breaker
      WHERE opened_at IS NOT NULL OR last_dead_at > $1`,
    [since],
  )
}

/** Adds to the counts; in an order, so that transactions that add to the same ones do not lock each other out. */
export async function addSendCounts(tx: Tx, counts: readonly SendCount[]): Promise<void> {
  if (counts.length === 0) return
  await tx.execute(
    `INSERT INTO sendword.send_count AS c (app, transport, minute, sends, dead)
     SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::integer[], $5::integer[])
              AS v (app, transport, minute, sends, dead)
      ORDER BY app, transport, minute
     ON CONFLICT (app, transport, minute) DO UPDATE SET sends = c.sends + excluded.sends, dead = c.dead + excluded.dead`,
    [
      ...keyColumns(counts),
      ...columns(
        counts,
        (row) => row.minute.toISOString(),
        (row) => row.sends,
        (row) => row.dead,
      ),
    ],
  )
}

export interface SendSum extends BreakerKey {
  readonly sends: number
  readonly dead: number
}

/** The sends of all processes, in the minutes that began after a time. */
export async function sumSends(tx: Tx, keys: readonly BreakerKey[], since: Date): Promise<SendSum[]> {
  if (keys.length === 0) return []
  return await tx.execute<SendSum>(
    `SELECT c.app, c.transport, sum(c.sends)::int AS sends, sum(c.dead)::int AS dead
       FROM sendword.send_count AS c
      WHERE (c.app, c.transport) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND c.minute > $3
      GROUP BY c.app, c.transport`,
    [...keyColumns(keys), since],
  )
}

export async function sweepSendCounts(tx: Tx, before: Date): Promise<void> {
  await tx.execute('DELETE FROM sendword.send_count WHERE minute <= $1', [before])
}

function keyColumns(keys: readonly BreakerKey[]): string[] {
  return columns(
    keys,
    (key) => key.app,
    (key) => key.transport,
  )
}
