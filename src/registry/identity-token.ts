// Identity tokens: JWTs by which an application's own server says whose device this is. They bind a device to a user;
// they prove no address.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { StateError } from '../model/push-error.ts'
import type { Clock } from '../util/clock.ts'

export interface IdentityOptions {
  /** For HS256; at least 32 characters. */
  readonly secret?: string | undefined
  /** Public keys for RS256 and ES256. */
  readonly jwks?: JSONWebKeySet | undefined
}

export interface IdentityClaim {
  readonly app: string
  readonly deviceId: string
  readonly token: string
}

/** Answers with the user (`sub`). Throws StateError PUSH_USER_TOKEN_REFUSED. */
export type VerifyIdentity = (claim: IdentityClaim) => Promise<string>

const MAX_USER_BYTES = 255
const CLOCK_TOLERANCE_SECONDS = 30

export function createIdentityVerifier(
  optionsOf: (app: string) => IdentityOptions | undefined,
  clock: Clock,
): VerifyIdentity {
  return async ({ app, deviceId, token }) => {
    const options = optionsOf(app)
    if (!options) throw refuse(`The app ${app} has no identity keys configured.`)
    const payload = await verify({ options, app, token, now: new Date(clock.now()) })
    const { sub, device } = payload
    if (typeof sub !== 'string' || sub === '' || Buffer.byteLength(sub) > MAX_USER_BYTES) {
      throw refuse(`Its sub must be the user, of 1 to ${MAX_USER_BYTES} bytes.`)
    }
    if (device !== undefined && device !== deviceId) throw refuse('It is for another device.')
    return sub
  }
}

interface VerifyInput {
  readonly options: IdentityOptions
  readonly app: string
  readonly token: string
  readonly now: Date
}

async function verify({ options, app, token, now }: VerifyInput): Promise<JWTPayload> {
  const checks = { audience: app, currentDate: now, clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['exp'] }
  try {
    // Each key with the algorithms of its own kind only: a public key must never serve as an HS256 secret.
    if (options.secret !== undefined && algorithmOf(token) === 'HS256') {
      const key = new TextEncoder().encode(options.secret)
      return (await jwtVerify(token, key, { ...checks, algorithms: ['HS256'] })).payload
    }
    const keys = createLocalJWKSet(options.jwks ?? { keys: [] })
    return (await jwtVerify(token, keys, { ...checks, algorithms: ['RS256', 'ES256'] })).payload
  } catch (cause) {
    throw refuse(reasonOf(cause), cause)
  }
}

function algorithmOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).alg
  } catch {
    return undefined
  }
}

/** What jose found, without anything of the token. */
function reasonOf(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'It has expired.'
  if (cause instanceof errors.JWTClaimValidationFailed) return `Its claim ${cause.claim} is missing or not right.`
  return 'It is not signed by a key of the app.'
}

function refuse(detail: string, cause?: unknown): StateError {
  return new StateError('PUSH_USER_TOKEN_REFUSED', { detail: `The identity token is refused. ${detail}`, cause })
}
