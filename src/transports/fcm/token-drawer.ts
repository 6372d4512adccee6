// The access token in the app's CredentialStore, sealed and shared by all processes. Its entry carries the credential's
// fingerprint in its name, so that a changed credential starts afresh.
import type { CredentialStore } from '../../model/credential-store.ts'
import { PushError } from '../../model/push-error.ts'
import type { Logger } from '../../util/logger.ts'

export interface AccessToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number
  readonly expiresAt: number
}

export interface TokenDrawer {
  read(): Promise<AccessToken | undefined>
  /** Failing to write is logged only: the token works without it. */
  keep(token: AccessToken): Promise<void>
}

export interface TokenDrawerInput {
  readonly store: CredentialStore
  readonly fingerprint: string
  readonly logger: Logger
}

export function openTokenDrawer({ store, fingerprint, logger }: TokenDrawerInput): TokenDrawer {
  const name = `fcm.token.${fingerprint}`
  return {
    async read() {
      const stored = await store.get(name)
      return stored && decode(stored.value, stored.obtainedAt)
    },
    async keep({ token, obtainedAt, expiresAt }) {
      try {
        await store.put(name, { value: JSON.stringify({ token, expiresAt }), obtainedAt })
      } catch (error) {
        // The name only: a database error may quote the statement's values.
        const reason = error instanceof PushError ? error.code : error instanceof Error ? error.name : typeof error
        logger.warn('the FCM access token could not be stored; it holds in this process only', { reason })
      }
    },
  }
}

function decode(value: string, obtainedAt: number): AccessToken | undefined {
  const { token, expiresAt } = JSON.parse(value) as Partial<AccessToken>
  return typeof token === 'string' && typeof expiresAt === 'number' ? { token, obtainedAt, expiresAt } : undefined
}
