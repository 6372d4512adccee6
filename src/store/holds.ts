// Holds: an app's transport waits until a time (quota, 503), or until its credential is mended.
import type { Tx } from '../database/tx.ts'
import type { TransportName } from '../model/address.ts'

export interface Hold {
  readonly app: string
  readonly transport: TransportName
  readonly kind: 'deferred' | 'unauthorized'
  readonly reason: string
  readonly until: Date
  readonly probe: boolean
  readonly credentialFingerprint: string
  readonly since: Date
}

/** Sets or lengthens a hold; answers whether the app's transport had none of this kind before. */
export async function putHold(tx: Tx, hold: Hold): Promise<boolean> {
  const rows = await tx.execute<{ fresh: boolean }>(
    `INSERT INTO sendword.hold AS h
       (app, transport, kind, reason, until, probe, credential_fingerprint, since)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (app, transport, kind) DO UPDATE
       SET until = greatest(h.until, excluded.until), reason = excluded.reason, probe = excluded.probe,
           credential_fingerprint = excluded.credential_fingerprint
     RETURNING (xmax = 0) AS fresh`,
    [hold.app, hold.transport, hold.kind, hold.reason, hold.until, hold.probe, hold.credentialFingerprint, hold.since],
  )
  return rows[0]?.fresh ?? false
}

/** Every hold that is in force: a refused credential stays in force past its `until`, which only lets a probe go. */
export async function listHolds(tx: Tx, at: Date): Promise<Hold[]> {
  return await tx.execute<Hold>(
    `SELECT app, transport, kind, reason, until, probe, credential_fingerprint AS "credentialFingerprint", since
       FROM sendword.hold WHERE kind = 'unauthorized' OR until > $1`,
    [at],
  )
}

/**
 * The apps and transports that are held, of those given. The holds stay until the caller's transaction ends, so that
 * whoever ends one finds what the caller writes.
 */
export async function lockHolds(
  tx: Tx,
  { among, at }: { among: ReadonlyArray<Pick<Hold, 'app' | 'transport'>>; at: Date },
): Promise<Array<Pick<Hold, 'app' | 'transport'>>> {
  return await tx.execute<Pick<Hold, 'app' | 'transport'>>(
    `SELECT h.app, h.transport FROM sendword.hold AS h
      WHERE (h.app, h.transport) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        AND (h.kind = 'unauthorized' OR h.until > $3)
        FOR SHARE`,
    [among.map(({ app }) => app), among.map(({ transport }) => transport), at],
  )
}

/** Lets one caller of all processes probe: true for the one that moved `until` on. */
export async function claimProbe(
  tx: Tx,
  input: { app: string; transport: TransportName; at: Date; next: Date },
): Promise<boolean> {
  const rows = await tx.execute(
    `UPDATE sendword.hold SET until = $4
      WHERE app = $1 AND transport = $2 AND kind = 'unauthorized' AND probe AND until <= $3 RETURNING app`,
    [input.app, input.transport, input.at, input.next],
  )
  return rows.length > 0
}

/** Ends the pause of a refused credential; answers whether there was one. */
export async function removePause(tx: Tx, app: string, transport: TransportName): Promise<boolean> {
  const rows = await tx.execute(
    `DELETE FROM sendword.hold WHERE app = $1 AND transport = $2 AND kind = 'unauthorized' RETURNING app`,
    [app, transport],
  )
  return rows.length > 0
}

/** Ends pauses whose credential is not this one any more. */
export async function removeStalePause(
  tx: Tx,
  input: { app: string; transport: TransportName; credentialFingerprint: string },
): Promise<boolean> {
  const rows = await tx.execute(
    `DELETE FROM sendword.hold
      WHERE app = $1 AND transport = $2 AND kind = 'unauthorized' AND credential_fingerprint <> $3 RETURNING app`,
    [input.app, input.transport, input.credentialFingerprint],
  )
  return rows.length > 0
}
