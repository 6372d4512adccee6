// A JSON Web Token signed with ES256, as APNs and Web Push want to be addressed. RFC 7515, RFC 7518 §3.4.
import { type KeyObject, sign } from 'node:crypto'

export interface Es256TokenInput {
  /** Beside `alg`. */
  readonly header: Readonly<Record<string, string>>
  readonly claims: Readonly<Record<string, unknown>>
  /** Of the curve P-256. */
  readonly privateKey: KeyObject
}

export function signEs256Token({ header, claims, privateKey }: Es256TokenInput): string {
  const signed = `${base64url({ ...header, alg: 'ES256' })}.${base64url(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
