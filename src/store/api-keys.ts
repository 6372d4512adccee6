// API keys that we generated; only their SHA-256 is here.
import type { Tx } from '../database/tx.ts'

export async function listApiKeyHashes(tx: Tx): Promise<Buffer[]> {
  const rows = await tx.execute<{ keyHash: Buffer }>('SELECT key_hash AS "keyHash" FROM sendword.api_key')
  return rows.map((row) => row.keyHash)
}

/** Stores the first key; false when another process was first. */
export async function insertFirstApiKey(tx: Tx, keyHash: Buffer, at: Date): Promise<boolean> {
  await tx.execute('LOCK TABLE sendword.api_key IN SHARE ROW EXCLUSIVE MODE')
  const rows = await tx.execute(
    `INSERT INTO sendword.api_key (key_hash, created_at)
     SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM sendword.api_key) RETURNING key_hash`,
    [keyHash, at],
  )
  return rows.length > 0
}
