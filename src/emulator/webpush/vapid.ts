// Judges the Authorization of a push request: a JWT that an application server has signed with its own key (RFC 8292).
import { verify } from 'node:crypto'
import * as z from 'zod'
import { VAPID_MAX_LIFETIME_SECONDS } from '../../protocols/web-push.ts'
import { readSignedToken } from '../server/signed-token.ts'
import { importPoint } from './decrypt.ts'

export interface VapidContext {
  /** Scheme and authority that the request was sent to. */
  readonly origin: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The key that has signed, in base64url; or what is wrong, in autopush's words, and in more of ours where they say little. */
export type JudgedVapid =
  | { readonly applicationServerKey: string }
  | { readonly message: string; readonly objection: string }

/** A P-256 point has 65 bytes. */
const KEY = /^[\w-]{87}$/
/** r and s, one after the other (RFC 7518 §3.4): not the DER that libraries make of an ECDSA signature. */
const SIGNATURE_BYTES = 64
const CONTACT = /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/i

const headerSchema = z.object({ alg: z.literal('ES256'), typ: z.string().regex(/^jwt$/i).optional() })
const claimsSchema = z.object({ aud: z.string(), exp: z.number(), sub: z.string().optional() })

export function judgeVapid(authorization: string, context: VapidContext): JudgedVapid {
  const { scheme, t: token, k } = credentialsIn(authorization)
  if (scheme !== 'vapid') {
    return refused('Unknown auth scheme', `The scheme of Authorization is "${scheme}"; it must be "vapid".`)
  }
  if (!token) return refused('Missing VAPID token', 'Authorization has no t, the token.')
  if (!k) return refused('Missing VAPID public key', 'Authorization has no k, the public key.')
  const key = KEY.test(k) ? importPoint(Buffer.from(k, 'base64url')) : undefined
  if (!key) {
    return refused('Invalid VAPID public key', 'k must be a P-256 point, not compressed, in base64url without padding.')
  }
  const read = readSignedToken(token)
  const claims = claimsSchema.safeParse(read?.claims).data
  if (!read || !headerSchema.safeParse(read.header).success || !claims) {
    return invalid('The token must be a JWT with the header {"typ":"JWT","alg":"ES256"} and the claims aud and exp.')
  }
  const bytes = Buffer.from(read.signature, 'base64url')
  if (bytes.length !== SIGNATURE_BYTES) {
    return invalid(`The signature is ${bytes.length} bytes; it must be r and s, ${SIGNATURE_BYTES} bytes, not DER.`)
  }
  if (!verify('sha256', read.signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)) {
    return invalid('The signature is not that of the key in k.')
  }
  return claimsObjection(claims, context) ?? { applicationServerKey: k }
}

function claimsObjection(claims: z.infer<typeof claimsSchema>, context: VapidContext): JudgedVapid | undefined {
  const { aud, exp, sub } = claims
  const now = context.now / 1000
  if (exp <= now) return invalid('The token has expired.')
  if (exp > now + VAPID_MAX_LIFETIME_SECONDS) {
    return refused('The VAPID token expiration is too long', 'exp is more than 24 hours ahead.')
  }
  if (aud !== context.origin) {
    return refused('Invalid VAPID audience', `aud is "${aud}"; it must be the endpoint's origin, ${context.origin}.`)
  }
  if (sub !== undefined && !CONTACT.test(sub)) {
    return invalid('sub must be a mailto: or https: URL at which whoever runs the application server is reached.')
  }
  return undefined
}

interface VapidCredentials {
  readonly scheme: string
  readonly t?: string
  readonly k?: string
}

function credentialsIn(authorization: string): VapidCredentials {
  const space = authorization.indexOf(' ')
  const [scheme, list] = space < 0 ? [authorization, ''] : [authorization.slice(0, space), authorization.slice(space)]
  const pairs = list.split(',').map((pair) => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals).trim(), unquoted(pair.slice(equals + 1).trim())]
  })
  return { scheme: scheme.toLowerCase(), ...Object.fromEntries(pairs.filter(([name]) => name === 't' || name === 'k')) }
}

function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value
}

function refused(message: string, objection: string): JudgedVapid {
  return { message, objection }
}

function invalid(objection: string): JudgedVapid {
  return { message: 'Invalid VAPID token', objection }
}
