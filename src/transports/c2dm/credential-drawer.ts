// What C2DM keeps in the app's CredentialStore, by credential: the token in use, and the refusal of a login. Entries
// carry the credential's fingerprint in their names, so that a changed credential starts afresh.
import { createHash, scryptSync } from 'node:crypto'
import type { CredentialStore, StoredCredential } from '../../model/credential-store.ts'
import { PushError } from '../../model/push-error.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { type C2dmCredential, type C2dmOptions, resolveC2dmOptions } from './options.ts'

export interface CredentialDrawer {
  token(): Promise<StoredCredential | undefined>
  /** Failing to write is logged only: the token works without it, and what was sent with it stays sent. */
  keepToken(token: string): Promise<boolean>
  discardToken(token: string): Promise<boolean>
  /** The ClientLogin error that refused this very credential. */
  loginRefusal(): Promise<string | undefined>
  /** Resolves with whether it could be stored. */
  keepLoginRefusal(code: string): Promise<boolean>
}

export interface CredentialDrawerInput {
  readonly store: CredentialStore
  readonly fingerprint: () => string
  readonly clock: Clock
  readonly logger: Logger
}

export function openCredentialDrawer({ store, fingerprint, clock, logger }: CredentialDrawerInput): CredentialDrawer {
  const attempt = async (what: string, work: Promise<void>) => {
    try {
      await work
      return true
    } catch (error) {
      // The name only: a database error may quote the statement's values.
      const reason = error instanceof PushError ? error.code : error instanceof Error ? error.name : typeof error
      logger.warn(`${what} could not be stored; it holds in this process only`, { reason })
      return false
    }
  }
  return {
    token: () => store.get(tokenName(fingerprint())),
    keepToken: (value) =>
      attempt('the C2DM token', store.put(tokenName(fingerprint()), { value, obtainedAt: clock.now() })),
    discardToken: (value) => attempt('the end of a C2DM token', store.discard(tokenName(fingerprint()), value)),
    loginRefusal: async () => (await store.get(refusalName(fingerprint())))?.value,
    keepLoginRefusal: (value) =>
      attempt(
        'the refusal of the ClientLogin account',
        store.put(refusalName(fingerprint()), { value, obtainedAt: clock.now() }),
      ),
  }
}

/** After a person has cured what ClientLogin refused without changing the credential: the next send logs in again. */
export async function forgetLoginRefusal(options: C2dmOptions, store: CredentialStore): Promise<void> {
  const name = refusalName(fingerprintOf(resolveC2dmOptions(options).credential))
  const refusal = await store.get(name)
  if (refusal !== undefined) await store.discard(name, refusal.value)
}

/**
 * Tells one credential from the next, in places that are not sealed. Three bytes of a slow hash: guessing passwords
 * against it is costly, and even then one guess in 16 million fits by chance.
 */
export function fingerprintOf(credential: C2dmCredential): string {
  const parts =
    credential.kind === 'token'
      ? [credential.kind, credential.token]
      : [credential.kind, credential.user, credential.password, credential.accountType, credential.appName]
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return scryptSync(digest, 'sendword c2dm credential', 3).toString('hex')
}

function tokenName(fingerprint: string): string {
  return `c2dm.token.${fingerprint}`
}

function refusalName(fingerprint: string): string {
  return `c2dm.login-refusal.${fingerprint}`
}
