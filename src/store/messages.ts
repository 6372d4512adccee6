// Messages, and how each is told to have ended.
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { Audience } from '../model/audience.ts'
import type { MessageContent, MessageState } from '../model/message.ts'
import type { FinalOutcome } from '../model/outcome.ts'
import { type ShownTimes, type StoredTiming, shownTimes } from '../model/timing.ts'
import { columns } from './bulk.ts'
import { ofDays } from './deliveries.ts'
import { countReceipts, type ReceiptCounts } from './receipts.ts'
import { message } from './schema.ts'

export interface NewMessage {
  readonly id: string
  readonly app: string
  /** The row id of the one device it goes to; one without has an audience. */
  readonly device?: string | undefined
  readonly audience?: Audience | undefined
  /** Push services that cannot carry it: their devices of the audience are skipped. */
  readonly unfit?: readonly TransportName[] | undefined
  readonly idempotency?: Idempotency | undefined
  readonly content: MessageContent
  /** UTC date, YYYY-MM-DD: the ledger partition of its results. */
  readonly releasedOn: string
  readonly acceptedAt: Date
  readonly expiresAt: Date
  readonly singleTry: boolean
  /** When it gets its first job; undefined: it has got it. */
  readonly releaseAt?: Date | undefined
  readonly timing?: StoredTiming | undefined
}

export interface Idempotency {
  readonly key: string
  /** Of all that the request asks for. */
  readonly requestHash: Buffer
}

/** Answers the ids of those that are new: not of a message whose idempotency key another one has. */
export async function insertMessages(tx: Tx, messages: readonly NewMessage[]): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(
    // In one order everywhere, so that two that insert the same keys do not wait for each other.
    `INSERT INTO sendword.message
       (id, app, device, audience, unfit, idempotency_key, request_hash, content, audience_size, released_on,
        accepted_at, expires_at, single_try, release_at, is_waiting, timing)
     SELECT id, app, device, audience, ARRAY(SELECT jsonb_array_elements_text(unfit)), idempotency_key, request_hash,
            content, CASE WHEN device IS NOT NULL THEN 1 END, released_on, accepted_at, expires_at, single_try,
            release_at, release_at IS NOT NULL, timing
       FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::jsonb[], $6::text[], $7::bytea[], $8::jsonb[],
                   $9::date[], $10::timestamptz[], $11::timestamptz[], $12::boolean[], $13::timestamptz[], $14::jsonb[])
         AS v (id, app, device, audience, unfit, idempotency_key, request_hash, content, released_on, accepted_at,
               expires_at, single_try, release_at, timing)
      ORDER BY app, idempotency_key
     ON CONFLICT (app, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
     RETURNING id`,
    columns(
      messages,
      (row) => row.id,
      (row) => row.app,
      (row) => row.device ?? null,
      (row) => (row.audience === undefined ? null : JSON.stringify(row.audience)),
      (row) => JSON.stringify(row.unfit ?? []),
      (row) => row.idempotency?.key ?? null,
      (row) => row.idempotency?.requestHash ?? null,
      (row) => JSON.stringify(row.content),
      (row) => row.releasedOn,
      (row) => row.acceptedAt.toISOString(),
      (row) => row.expiresAt.toISOString(),
      (row) => row.singleTry,
      (row) => row.releaseAt?.toISOString() ?? null,
      (row) => (row.timing === undefined ? null : JSON.stringify(row.timing)),
    ),
  )
  return new Set(rows.map(({ id }) => id))
}

export interface MessageProgress {
  readonly id: string
  readonly state: MessageState
  /** Every device that it goes to has its result, and none will join. */
  readonly isOver: boolean
  /** Devices that it goes to; undefined until all of them have been found. */
  readonly audienceSize: number | undefined
  /** Devices of the audience that could not be reached, and got nothing. */
  readonly skipped: number
  readonly acceptedAt: Date
  readonly expiresAt: Date
  readonly counts: Readonly<Record<FinalOutcome, number>>
  /** For a message to one device, once it has ended. */
  readonly single: SingleResult | undefined
}

export interface SingleResult {
  readonly outcome: FinalOutcome
  readonly reason: string | undefined
  readonly providerId: string | undefined
  readonly attempts: number
  readonly finishedAt: Date
}

interface ProgressRow {
  id: string
  audienceSize: number | null
  isSingle: boolean
  isCancelled: boolean
  isWaiting: boolean
  skipped: number
  acceptedAt: Date
  expiresAt: Date
  outcome: FinalOutcome | null
  count: number
  reason: string | null
  providerId: string | null
  attempts: number | null
  finishedAt: Date | null
}

/** How far messages have got. `app` limits the answer to one app's messages. */
export async function findProgress(tx: Tx, ids: readonly string[], app?: string): Promise<MessageProgress[]> {
  const days = await tx.execute<{ day: string }>(
    'SELECT DISTINCT released_on::text AS day FROM sendword.message WHERE id = ANY ($1::uuid[])',
    [ids],
  )
  const rows = await tx.execute<ProgressRow>(
    `SELECT m.id, m.audience_size AS "audienceSize", m.audience IS NULL AND m.audience_size = 1 AS "isSingle",
            m.cancelled_at IS NOT NULL AS "isCancelled", m.is_waiting AS "isWaiting", m.skipped,
            m.accepted_at AS "acceptedAt", m.expires_at AS "expiresAt",
            r.outcome, count(r.outcome)::int AS count, max(r.reason) AS reason, max(r.provider_id) AS "providerId",
            max(r.attempts) AS attempts, max(r.finished_at) AS "finishedAt"
       FROM sendword.message AS m
       LEFT JOIN sendword.delivery AS r
              ON r.released_on = m.released_on AND r.message_id = m.id AND r.${ofDays('$3')}
      WHERE m.id = ANY ($1::uuid[]) AND ($2::text IS NULL OR m.app = $2)
      GROUP BY m.id, r.outcome`,
    [ids, app ?? null, days.map(({ day }) => day)],
  )
  const byId = new Map<string, ProgressRow[]>()
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row])
  return [...byId.values()].map(toProgress)
}

function toProgress(rows: ProgressRow[]): MessageProgress {
  const first = rows[0] as ProgressRow
  const counts = { accepted: 0, rejected: 0, unregistered: 0, expired: 0, cancelled: 0 }
  for (const row of rows) if (row.outcome) counts[row.outcome] = row.count
  const audienceSize = first.audienceSize ?? undefined
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const isOver = audienceSize !== undefined && ended >= audienceSize
  return {
    id: first.id,
    state: stateOf(first, isOver),
    isOver,
    audienceSize,
    skipped: first.skipped,
    acceptedAt: first.acceptedAt,
    expiresAt: first.expiresAt,
    counts,
    single: first.isSingle ? singleOf(first) : undefined,
  }
}

function stateOf({ isCancelled, isWaiting, audienceSize }: ProgressRow, isOver: boolean): MessageState {
  if (isCancelled) return 'cancelled'
  if (isWaiting) return 'scheduled'
  if (audienceSize === null) return 'fanning-out'
  return isOver ? 'settled' : 'pending'
}

function singleOf(row: ProgressRow): SingleResult | undefined {
  if (row.outcome === null) return undefined
  return {
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    providerId: row.providerId ?? undefined,
    attempts: row.attempts ?? 0,
    finishedAt: row.finishedAt ?? row.acceptedAt,
  }
}

export interface MessageView extends MessageProgress, ShownTimes {
  readonly app: string
  readonly content: MessageContent
  /** For a message that asks for them. */
  readonly receipts: ReceiptCounts | undefined
  /** Of a message that goes to more than one device: whom, as JSON. */
  readonly audience: Readonly<Record<string, unknown>> | undefined
  /** Undefined when the device has been removed since, and of a message to an audience. */
  readonly deviceId: string | undefined
}

export async function viewMessage(tx: Tx, app: string, id: string): Promise<MessageView | undefined> {
  const [progress] = await findProgress(tx, [id], app)
  if (!progress) return undefined
  const rows = await tx.drizzle
    .select({
      ...{ content: message.content, device: message.device, audience: message.audience },
      ...{ releaseAt: message.releaseAt, timing: message.timing },
    })
    .from(message)
    .where(and(eq(message.app, app), eq(message.id, id)))
  const row = rows[0]
  if (!row) return undefined
  const devices = await tx.execute<{ deviceId: string }>(
    'SELECT device_id AS "deviceId" FROM sendword.device WHERE id = $1',
    [row.device],
  )
  const receipts = row.content.receipts ? (await countReceipts(tx, id))?.counts : undefined
  // Row ids mean nothing to anybody else.
  const { ids: _ids, ...audience } = row.audience ?? {}
  return {
    ...progress,
    app,
    content: row.content,
    ...shownTimes({ hasAudience: row.audience !== null, releaseAt: row.releaseAt, timing: row.timing }),
    receipts,
    audience: row.audience ? audience : undefined,
    deviceId: devices[0]?.deviceId,
  }
}

/**
 * The first day whose messages must be kept: `before`, or an earlier one on which a message was released that can
 * still be sent.
 */
export async function firstDayToKeep(tx: Tx, before: string, at: Date): Promise<string> {
  const rows = await tx.execute<{ day: string }>(
    `SELECT least($1::date, min(released_on))::text AS day FROM sendword.message
      WHERE released_on < $1::date AND (expires_at > $2 OR is_waiting)`,
    [before, at],
  )
  return rows[0]?.day ?? before
}

/** Deletes messages released before a day, at most `limit` at once; answers how many went. */
export async function sweepMessages(tx: Tx, before: string, limit: number): Promise<number> {
  const rows = await tx.execute(
    // The oldest first, which an index leads to.
    `DELETE FROM sendword.message WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM sendword.message WHERE released_on < $1::date AND NOT is_waiting
        ORDER BY released_on LIMIT $2 FOR UPDATE))
     RETURNING id`,
    [before, limit],
  )
  return rows.length
}
