// The outbox of webhooks: a row for each event and each place that is told of it. It goes when it was delivered, and
// stays as a dead letter when it could not be.
import type { Tx } from '../database/tx.ts'
import type { WebhookState, WebhookView } from '../model/webhook.ts'
import type { WebhookType } from '../model/webhook-event.ts'
import { columns } from './bulk.ts'

/** Where webhooks of an app go. */
export interface WebhookPlace {
  readonly app: string
  readonly url: string
}

export interface NewWebhook extends WebhookPlace {
  readonly id: string
  readonly type: WebhookType
  /** The JSON text that is sent and signed. */
  readonly body: string
}

export interface ClaimedWebhook extends NewWebhook {
  /** Tries that have begun, this one included. */
  readonly attempts: number
}

export async function insertWebhooks(tx: Tx, webhooks: readonly NewWebhook[], at: Date): Promise<void> {
  await tx.execute(
    `INSERT INTO sendword.webhook (id, app, url, type, body, created_at, due_at)
     SELECT id, app, url, type, body, $6, $6
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS v (id, app, url, type, body)`,
    [
      ...columns(
        webhooks,
        (row) => row.id,
        (row) => row.app,
        (row) => row.url,
        (row) => row.type,
        (row) => row.body,
      ),
      at,
    ],
  )
}

export interface WebhookClaim {
  /** How many of each place. */
  readonly room: ReadonlyArray<WebhookPlace & { readonly room: number }>
  readonly at: Date
  /** Whoever has not told by then how it went has died: others may try. */
  readonly until: Date
}

/** Claims what is due, of each place by itself, so that none that is slow keeps others waiting. */
export async function claimWebhooks(tx: Tx, { room, at, until }: WebhookClaim): Promise<ClaimedWebhook[]> {
  const places = room.filter((place) => place.room > 0)
  if (places.length === 0) return []
  return await tx.execute<ClaimedWebhook>(
    `WITH due AS MATERIALIZED (
       SELECT w.id FROM unnest($1::text[], $2::text[], $3::integer[]) AS p (app, url, room)
        CROSS JOIN LATERAL (SELECT id FROM sendword.webhook
                             WHERE state = 'waiting' AND app = p.app AND url = p.url AND due_at <= $4
                             ORDER BY due_at LIMIT p.room
                               FOR UPDATE SKIP LOCKED) AS w
     )
     UPDATE sendword.webhook AS w SET due_at = $5, attempts = attempts + 1 FROM due WHERE w.id = due.id
  RETURNING w.id, w.app, w.url, w.type, w.body, w.attempts`,
    [
      ...columns(
        places,
        (place) => place.app,
        (place) => place.url,
        (place) => place.room,
      ),
      at,
      until,
    ],
  )
}

export async function removeWebhook(tx: Tx, id: string): Promise<void> {
  await tx.execute('DELETE FROM sendword.webhook WHERE id = $1', [id])
}

/** A try failed. Without a time for the next one it is a dead letter. */
export async function failWebhook(tx: Tx, id: string, failure: string, dueAt: Date | undefined): Promise<void> {
  await tx.execute(
    `UPDATE sendword.webhook SET failure = $2, due_at = coalesce($3, due_at), state = $4 WHERE id = $1`,
    [id, failure, dueAt ?? null, dueAt === undefined ? 'dead' : 'waiting'],
  )
}

/** A try was cut short and says nothing: it does not count, and is due at once. */
export async function returnWebhook(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.execute('UPDATE sendword.webhook SET due_at = $2, attempts = attempts - 1 WHERE id = $1', [id, at])
}

export interface WebhookListing {
  readonly app: string
  readonly state: WebhookState
  /** The id that ended the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** In the order in which they came about, each with its whole URL. */
export async function listWebhooks(tx: Tx, { app, state, after, limit }: WebhookListing): Promise<WebhookView[]> {
  const rows = await tx.execute<Omit<WebhookView, 'failure'> & { failure: string | null; dueAt: Date }>(
    `SELECT id, app, url, type, state, attempts, created_at AS "createdAt", due_at AS "dueAt", failure
       FROM sendword.webhook
      WHERE app = $1 AND state = $2 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4`,
    [app, state, after ?? null, limit],
  )
  return rows.map(({ failure, dueAt, ...row }) => {
    return { ...row, failure: failure ?? undefined, dueAt: row.state === 'dead' ? undefined : dueAt }
  })
}

export interface WebhookReplay {
  readonly app: string
  /** None: all of the app. */
  readonly id?: string | undefined
  readonly at: Date
}

/** Lets dead letters go again, from the first try on; answers how many there were. */
export async function replayWebhooks(tx: Tx, { app, id, at }: WebhookReplay): Promise<number> {
  const rows = await tx.execute(
    `UPDATE sendword.webhook SET state = 'waiting', attempts = 0, due_at = $3
      WHERE app = $1 AND state = 'dead' AND ($2::uuid IS NULL OR id = $2) RETURNING id`,
    [app, id ?? null, at],
  )
  return rows.length
}

/** Deletes what came about before, at most `limit` at once. */
export async function sweepWebhooks(tx: Tx, before: Date, limit: number): Promise<void> {
  await tx.execute(
    `DELETE FROM sendword.webhook WHERE id IN
       (SELECT id FROM sendword.webhook WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
    [before, limit],
  )
}
