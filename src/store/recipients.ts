// What a personal message needs to know of its recipients: their language, their labels, and the values that came with
// the message.
import type { Tx } from '../database/tx.ts'
import type { RecipientValues } from '../model/recipient-values.ts'

type Texts = Readonly<Record<string, string>>

export interface RecipientRow {
  readonly device: string
  readonly deviceId: string
  readonly userId: string | undefined
  /** The device's, or else its user's. */
  readonly locale: string | undefined
  readonly labels: Texts
  readonly userLabels: Texts | undefined
}

/** @param devices Row ids. */
export async function findRecipients(tx: Tx, devices: readonly string[]): Promise<RecipientRow[]> {
  const rows = await tx.execute<{
    device: string
    deviceId: string
    userId: string | null
    locale: string | null
    labels: Texts
    userLabels: Texts | null
  }>(
    `SELECT d.id AS device, d.device_id AS "deviceId", d.user_id AS "userId", coalesce(d.locale, u.locale) AS locale,
            d.labels, u.labels AS "userLabels"
       FROM sendword.device AS d LEFT JOIN sendword.app_user AS u ON u.app = d.app AND u.user_id = d.user_id
      WHERE d.id = ANY ($1::uuid[])`,
    [devices],
  )
  return rows.map((row) => ({
    ...row,
    userId: row.userId ?? undefined,
    locale: row.locale ?? undefined,
    userLabels: row.userLabels ?? undefined,
  }))
}

export async function insertMessageValues(tx: Tx, messageId: string, values: RecipientValues): Promise<void> {
  await tx.execute('INSERT INTO sendword.message_values (message_id, by_recipient) VALUES ($1, $2)', [
    messageId,
    JSON.stringify(values),
  ])
}

/** By message; of messages without values nothing. */
export async function findMessageValues(tx: Tx, ids: readonly string[]): Promise<Map<string, RecipientValues>> {
  const rows = await tx.execute<{ id: string; values: RecipientValues }>(
    `SELECT message_id AS id, by_recipient AS "values" FROM sendword.message_values
      WHERE message_id = ANY ($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map(({ id, values }) => [id, values]))
}
