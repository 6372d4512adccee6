// Reading the ledger, page by page along its indexes: the results of one message, and those of one device.
import type { Tx } from '../database/tx.ts'
import type { Delivery, DeliveryFilter, DeliveryPage } from '../model/delivery.ts'

/** Before and after every id. */
const LEAST_ID = '00000000-0000-0000-0000-000000000000'
const GREATEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

interface PageInput {
  /** Where the page before ended. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface MessagePageInput extends PageInput, DeliveryFilter {
  readonly messageId: string
  /** The day that the message was released on. */
  readonly releasedOn: string
}

export interface DevicePageInput extends PageInput {
  readonly app: string
  readonly deviceId: string
}

/** PostgreSQL gives null for what is not there. */
type LedgerRow = {
  readonly [Key in keyof Delivery]: undefined extends Delivery[Key]
    ? Exclude<Delivery[Key], undefined> | null
    : Delivery[Key]
} & {
  /** The device’s row. */
  readonly device: string
}

const COLUMNS = `r.message_id AS "messageId", r.device, d.device_id AS "deviceId", r.outcome, r.reason,
            r.provider_id AS "providerId", r.attempts, r.finished_at AS "finishedAt",
            t.delivered_at AS "deliveredAt", t.opened_at AS "openedAt"`

/**
 * What is known beside the results of a page, AS r. By the limits, each is looked up: a page is few, and receipts are many.
 * @param day That of the receipts, in SQL.
 */
function beside(day: string): string {
  return `LEFT JOIN LATERAL (SELECT device_id FROM sendword.device WHERE id = r.device LIMIT 1) AS d ON true
       LEFT JOIN LATERAL (
         SELECT delivered_at, opened_at FROM sendword.receipt
          WHERE released_on = ${day} AND message_id = r.message_id AND device = r.device LIMIT 1) AS t ON true`
}

/** The day that a message was released on, which is where its results are; undefined when there is no such message. */
export async function findReleaseDay(tx: Tx, messageId: string, app?: string): Promise<string | undefined> {
  const [row] = await tx.execute<{ day: string }>(
    'SELECT released_on::text AS day FROM sendword.message WHERE id = $1 AND ($2::text IS NULL OR app = $2)',
    [messageId, app ?? null],
  )
  return row?.day
}

/** By device, in an order that does not change. What is recorded behind the cursor meanwhile is on no later page. */
export async function pageOfMessage(tx: Tx, input: MessagePageInput): Promise<DeliveryPage> {
  const { releasedOn, messageId, after = LEAST_ID, outcome, reason, limit } = input
  const rows = await tx.execute<LedgerRow>(
    // The page first, by the primary key, and the rest for its rows only.
    `SELECT ${COLUMNS}
       FROM (SELECT * FROM sendword.delivery
              WHERE released_on = $1::date AND message_id = $2 AND device > $3
                AND ($4::sendword.outcome IS NULL OR outcome = $4::sendword.outcome)
                AND ($5::text IS NULL OR reason = $5)
              ORDER BY device LIMIT $6) AS r
       ${beside('$1::date')}
      ORDER BY r.device`,
    [releasedOn, messageId, after, outcome ?? null, reason ?? null, limit + 1],
  )
  return toPage(rows, limit, ({ device }) => device)
}

/** The newest message first; undefined when there is no such device. */
export async function pageOfDevice(tx: Tx, input: DevicePageInput): Promise<DeliveryPage | undefined> {
  const { app, deviceId, after = GREATEST_ID, limit } = input
  const [device] = await tx.execute<{ id: string }>(
    'SELECT id FROM sendword.device WHERE app = $1 AND device_id = $2',
    [app, deviceId],
  )
  if (!device) return undefined
  const rows = await tx.execute<LedgerRow>(
    `SELECT ${COLUMNS}
       FROM (SELECT * FROM sendword.delivery
              WHERE device = $1 AND message_id < $2
              ORDER BY message_id DESC LIMIT $3) AS r
       ${beside('r.released_on')}
      ORDER BY r.message_id DESC`,
    [device.id, after, limit + 1],
  )
  return toPage(rows, limit, ({ messageId }) => messageId)
}

function toPage(rows: readonly LedgerRow[], limit: number, cursorOf: (row: LedgerRow) => string): DeliveryPage {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { deliveries: shown.map(toDelivery), next: last && cursorOf(last) }
}

function toDelivery({ device: _, ...row }: LedgerRow): Delivery {
  const given = Object.entries(row).map(([name, value]) => [name, value ?? undefined])
  return Object.fromEntries(given) as Delivery
}
