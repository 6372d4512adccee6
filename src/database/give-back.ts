// What becomes of a connection after an error: no transaction may stay open on one that others get next.
import type { PoolClient } from 'pg'
import { isUnavailable } from './connection-errors.ts'
import { runOnClient } from './query-client.ts'

/** Gives `client` back to its pool with no transaction open, or destroys it when that cannot be had. */
export async function giveBackAfter(client: PoolClient, error: unknown): Promise<void> {
  if (isUnavailable(error)) {
    client.release(true)
    return
  }
  try {
    await runOnClient(client, 'ROLLBACK', [])
    client.release()
  } catch {
    client.release(true)
  }
}
