// A ledger that is filled by hand: a message and its results, without any push service.
import { randomUUID } from 'node:crypto'
import type { FinalOutcome } from '../../src/model/outcome.ts'
import { query } from './query.ts'

export interface LedgerEntry {
  readonly deviceId: string
  readonly outcome?: FinalOutcome
  readonly reason?: string
  readonly providerId?: string
  readonly deliveredAt?: Date
  readonly openedAt?: Date
}

export const FINISHED_AT = new Date('2030-05-06T07:08:09.123Z')
const DAY = '2030-05-06'

/** A message of the app `default` with these results; answers its id. Devices are made where they are missing. */
export async function addToLedger(url: string, entries: readonly LedgerEntry[], id = uuidOfNow()): Promise<string> {
  await query(
    url,
    `INSERT INTO sendword.message
       (id, app, device, content, audience_size, released_on, accepted_at, expires_at, single_try)
     VALUES ($1, 'default', $2, '{"data": {}}', $3, $4, $5, $5, false)`,
    [id, randomUUID(), entries.length, DAY, FINISHED_AT],
  )
  const ids = entries.map(({ deviceId }) => deviceId)
  await query(
    url,
    `INSERT INTO sendword.device (id, app, device_id, transport, state, created_at, last_seen_at)
     SELECT gen_random_uuid(), 'default', v, 'c2dm', 'active', $2, $2 FROM unnest($1::text[]) AS v
     ON CONFLICT DO NOTHING`,
    [ids, FINISHED_AT],
  )
  await query(
    url,
    `INSERT INTO sendword.delivery
       (released_on, message_id, device, outcome, reason, provider_id, attempts, finished_at)
     SELECT $1, $2, d.id, v.outcome, v.reason, v.provider_id, 1, $3
       FROM unnest($4::text[], $5::sendword.outcome[], $6::text[], $7::text[])
         AS v (device_id, outcome, reason, provider_id)
       JOIN sendword.device AS d ON d.app = 'default' AND d.device_id = v.device_id`,
    [
      DAY,
      id,
      FINISHED_AT,
      ids,
      entries.map(({ outcome = 'accepted' }) => outcome),
      entries.map(({ reason }) => reason ?? null),
      entries.map(({ providerId }) => providerId ?? null),
    ],
  )
  for (const { deviceId, deliveredAt, openedAt } of entries) {
    if (deliveredAt === undefined) continue
    await query(
      url,
      `INSERT INTO sendword.receipt
       SELECT $1, $2, id, $4, $5 FROM sendword.device WHERE app = 'default' AND device_id = $3`,
      [DAY, id, deviceId, deliveredAt, openedAt ?? null],
    )
  }
  return id
}

let made = 0
/** Each later than the one before. */
function uuidOfNow(): string {
  made++
  return `01970000-0000-7000-8000-${`${made}`.padStart(12, '0')}`
}
