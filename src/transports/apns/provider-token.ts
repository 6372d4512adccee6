// The provider token of a team's key: one for all transports of this process that send with the key, since APNs counts
// how often a team renews.
import { createHash } from 'node:crypto'
import { APNS_TOKEN_MAX_AGE_MS, APNS_TOKEN_MIN_RENEWAL_MS } from '../../protocols/apns.ts'
import { type ProviderKey, signProviderToken } from './provider-key.ts'

/** Between the 20 minutes before which APNs takes no new token and the 60 after which it takes the old one no more. */
const RENEWAL_MS = 45 * 60_000
/** A token that had to come back is used no longer than this. */
const LAST_USE_MS = APNS_TOKEN_MAX_AGE_MS - 2 * 60_000

interface SignedToken {
  readonly jwt: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
}

/** `now`: milliseconds since the epoch. */
export interface ProviderToken {
  /** For a request that goes out now. */
  current(now: number): string
  /** APNs says that `refused` has expired: another takes its place. Connections that saw it must see no other. */
  replace(refused: string, now: number): void
  /** APNs says that `refused` came too soon after the last: that one comes back for as long as it lives. */
  takeBack(refused: string, now: number): void
  /** `onReplaced` is called when a token was replaced before its time. */
  subscribe(onReplaced: () => void): { unsubscribe(): void }
}

export function createProviderToken(key: ProviderKey): ProviderToken {
  const subscribers = new Set<() => void>()
  let held: SignedToken | undefined
  let before: SignedToken | undefined
  let renewAt = 0

  function renew(now: number): SignedToken {
    before = held
    held = { jwt: signProviderToken(key, now), issuedAt: now }
    renewAt = now + RENEWAL_MS
    return held
  }

  return {
    current: (now) => (held === undefined || now >= renewAt ? renew(now) : held).jwt,
    replace(refused, now) {
      // Hundreds of requests in flight learn the same thing at once.
      if (held?.jwt !== refused) return
      renew(now)
      before = undefined
      for (const onReplaced of subscribers) onReplaced()
    },
    takeBack(refused, now) {
      if (held?.jwt !== refused || before === undefined || now >= before.issuedAt + LAST_USE_MS) return
      held = before
      before = undefined
      renewAt = Math.min(now + APNS_TOKEN_MIN_RENEWAL_MS, held.issuedAt + LAST_USE_MS)
    },
    subscribe(onReplaced) {
      subscribers.add(onReplaced)
      return { unsubscribe: () => subscribers.delete(onReplaced) }
    },
  }
}

const shared = new Map<string, { readonly token: ProviderToken; users: number }>()

export interface SharedProviderToken {
  readonly token: ProviderToken
  /** Once for each time it was asked for. */
  release(): void
}

/** The one of this key. */
export function shareProviderToken(key: ProviderKey): SharedProviderToken {
  const id = fingerprintOfKey(key)
  const entry = shared.get(id) ?? { token: createProviderToken(key), users: 0 }
  shared.set(id, entry)
  entry.users += 1
  return {
    token: entry.token,
    release() {
      entry.users -= 1
      if (entry.users === 0) shared.delete(id)
    },
  }
}

/** A digest of the key gives nothing away: it is beyond guessing. */
export function fingerprintOfKey({ teamId, keyId, privateKey }: ProviderKey): string {
  const parts = [teamId, keyId, privateKey.export({ type: 'pkcs8', format: 'pem' })]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
