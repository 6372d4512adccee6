// The Authorization header of each push service: a JWT for its origin, signed once and used for hours. Apple asks not to
// renew it more than once an hour. Source: RFC 8292.
import type { Clock } from '../../util/clock.ts'
import { signEs256Token } from '../es256-token.ts'
import type { VapidKeys } from './vapid-keys.ts'

export interface VapidTokens {
  /** The header for this origin. */
  current(origin: string): string
  /** Another header in place of `refused`; undefined: it was made less than an hour ago, and another would fare no better. */
  renew(origin: string, refused: string): string | undefined
  /** A push service took a message with the token for this origin. */
  noteTaken(origin: string): void
  /** Whether a push service at another origin took one within the hour, so that the key pair itself is good. */
  isTakenElsewhere(origin: string): boolean
  /** The next one is signed anew, however old the last is. */
  clear(): void
}

export interface VapidTokensInput {
  readonly keys: VapidKeys
  /** `mailto:` or `https:` URL by which a push service can reach the operator. */
  readonly subject: string
  readonly clock: Clock
}

const HOUR_MS = 3_600_000
/** RFC 8292 §2 allows 24 hours; half of it leaves room for clocks that differ. */
const LIFETIME_MS = 12 * HOUR_MS
/** Renewed so long before its end, so that none expires on its way. */
const RENEW_BEFORE_MS = HOUR_MS
const RENEW_AT_MOST_EVERY_MS = HOUR_MS
const PROVEN_FOR_MS = HOUR_MS
const MAX_ORIGINS = 256

interface Made {
  readonly header: string
  readonly at: number
  takenAt: number
}

export function createVapidTokens({ keys, subject, clock }: VapidTokensInput): VapidTokens {
  const made = new Map<string, Made>()

  function make(origin: string): string {
    const at = clock.now()
    const header = `vapid t=${signToken({ keys, subject, origin, at })}, k=${keys.publicKey}`
    made.delete(origin)
    made.set(origin, { header, at, takenAt: Number.NEGATIVE_INFINITY })
    const [oldest] = made.keys()
    if (made.size > MAX_ORIGINS && oldest !== undefined) made.delete(oldest)
    return header
  }

  return {
    current(origin) {
      const known = made.get(origin)
      const isFresh = known !== undefined && clock.now() - known.at < LIFETIME_MS - RENEW_BEFORE_MS
      return isFresh ? known.header : make(origin)
    },
    renew(origin, refused) {
      const known = made.get(origin)
      if (known === undefined) return make(origin)
      if (known.header !== refused) return known.header
      return clock.now() - known.at >= RENEW_AT_MOST_EVERY_MS ? make(origin) : undefined
    },
    noteTaken(origin) {
      const known = made.get(origin)
      if (known) known.takenAt = clock.now()
    },
    isTakenElsewhere(origin) {
      const since = clock.now() - PROVEN_FOR_MS
      for (const [other, { takenAt }] of made) if (other !== origin && takenAt > since) return true
      return false
    },
    clear: () => made.clear(),
  }
}

interface TokenInput {
  readonly keys: VapidKeys
  readonly subject: string
  readonly origin: string
  readonly at: number
}

function signToken({ keys, subject, origin, at }: TokenInput): string {
  const claims = { aud: origin, exp: Math.floor((at + LIFETIME_MS) / 1000), sub: subject }
  return signEs256Token({ header: { typ: 'JWT' }, claims, privateKey: keys.privateKey })
}
