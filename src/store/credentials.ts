// The drawer of one app's transport for what it obtained: sealed at rest, shared by all processes.
import { createHash } from 'node:crypto'
import type { Database } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'
import type { CredentialStore, StoredCredential } from '../model/credential-store.ts'
import { ConfigError } from '../model/push-error.ts'
import type { Logger } from '../util/logger.ts'
import type { Seal } from './seal.ts'

export interface CredentialStoreInput {
  readonly database: Database
  /** None: storing throws PUSH_CONFIG_SECRET_MISSING. */
  readonly seal: Seal | undefined
  readonly app: string
  readonly transport: TransportName
  readonly logger: Logger
}

export function createCredentialStore({
  database,
  seal,
  app,
  transport,
  logger,
}: CredentialStoreInput): CredentialStore {
  const place = (name: string) => `${app}\0${transport}\0${name}`
  const required = (): Seal => {
    if (!seal) throw new ConfigError('PUSH_CONFIG_SECRET_MISSING')
    return seal
  }
  async function write(name: string, { value, obtainedAt }: StoredCredential, onConflict: string): Promise<void> {
    await database.execute(
      `INSERT INTO sendword.credential (app, transport, name, sealed, value_hash, obtained_at)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (app, transport, name) DO ${onConflict}`,
      [app, transport, name, required().seal(value, place(name)), sha256(value), new Date(obtainedAt)],
    )
  }
  return {
    async get(name) {
      const rows = await database.execute<{ sealed: Buffer; obtainedAt: Date }>(
        `SELECT sealed, obtained_at AS "obtainedAt" FROM sendword.credential
          WHERE app = $1 AND transport = $2 AND name = $3`,
        [app, transport, name],
      )
      const row = rows[0]
      if (!row) return undefined
      try {
        return { value: required().open(row.sealed, place(name)), obtainedAt: row.obtainedAt.getTime() }
      } catch (error) {
        // A credential that cannot be opened is as good as none: it is obtained again and sealed anew.
        if (!(error instanceof ConfigError) || error.code !== 'PUSH_CONFIG_SECRET_WRONG') throw error
        logger.warn(error.message, { app, transport, name })
        return undefined
      }
    },
    put: (name, credential) =>
      write(
        name,
        credential,
        `UPDATE
           SET sealed = excluded.sealed, value_hash = excluded.value_hash, obtained_at = excluded.obtained_at`,
      ),
    putIfAbsent: (name, credential) => write(name, credential, 'NOTHING'),
    async discard(name, value) {
      await database.execute(
        'DELETE FROM sendword.credential WHERE app = $1 AND transport = $2 AND name = $3 AND value_hash = $4',
        [app, transport, name, sha256(value)],
      )
    },
  }
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
