// Devices that nothing was heard of for long: neither a registration nor a message that their push service took.
import type { Tx } from '../database/tx.ts'
import { STALE } from '../model/device.ts'
import { SUCCESS_NOTED_EVERY_MS } from './device-verdicts.ts'

export interface SilenceInput {
  readonly app: string
  /** Nothing was heard since. */
  readonly before: Date
  readonly at: Date
  /** Devices to look at. */
  readonly limit: number
}

export interface SilenceFound {
  /** Fewer than `limit`: there are no more for now. */
  readonly looked: number
  /** The device ids of those that are stale from now on. */
  readonly stale: readonly string[]
}

/**
 * Looks at devices of which nothing is known since `before`, in the order of an index. Those that were heard of after
 * all, or may have been, move on in it; the others become stale, which is a failure like that of a dead address.
 */
export async function failSilentDevices(tx: Tx, { app, before, at, limit }: SilenceInput): Promise<SilenceFound> {
  const rows = await tx.execute<{ deviceId: string; isStale: boolean }>(
    `UPDATE sendword.device AS d
        SET alive_at = s.heard_at,
            failed_reason = CASE WHEN s.heard_at < $2 THEN $4 END,
            failed_at = CASE WHEN s.heard_at < $2 THEN $3::timestamptz END,
            registration_id = CASE WHEN s.heard_at < $2 THEN NULL ELSE d.registration_id END
       FROM (SELECT id, greatest(last_seen_at, last_success_at + $6::interval) AS heard_at FROM sendword.device
              WHERE app = $1 AND alive_at < $2 AND state = 'active' AND failed_at IS NULL
              ORDER BY alive_at LIMIT $5
                FOR UPDATE SKIP LOCKED) AS s
      WHERE d.id = s.id
  RETURNING d.device_id AS "deviceId", d.failed_at IS NOT NULL AS "isStale"`,
    [app, before, at, STALE, limit, `${SUCCESS_NOTED_EVERY_MS} milliseconds`],
  )
  return { looked: rows.length, stale: rows.flatMap(({ deviceId, isStale }) => (isStale ? [deviceId] : [])) }
}
