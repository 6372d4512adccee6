// Messages by the idempotency key that they were asked for with; a key is kept for as long as its message is.
import type { Tx } from '../database/tx.ts'
import { columns } from './bulk.ts'

export interface KeyedMessage {
  readonly app: string
  readonly key: string
  readonly id: string
  readonly requestHash: Buffer
}

export async function findByIdempotencyKeys(
  tx: Tx,
  keys: ReadonlyArray<{ readonly app: string; readonly key: string }>,
): Promise<KeyedMessage[]> {
  return await tx.execute<KeyedMessage>(
    `SELECT m.app, m.idempotency_key AS key, m.id, m.request_hash AS "requestHash"
       FROM unnest($1::text[], $2::text[]) AS k (app, key)
       JOIN sendword.message AS m ON m.app = k.app AND m.idempotency_key = k.key`,
    columns(
      keys,
      ({ app }) => app,
      ({ key }) => key,
    ),
  )
}
