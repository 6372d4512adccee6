// A Google service account's key file: read and checked, and the assertion that it signs.
// Source: developers.google.com/identity/protocols/oauth2/service-account.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { FCM_SCOPE, GOOGLE_TOKEN_URL, MAX_ASSERTION_SECONDS } from '../../protocols/fcm.ts'

export interface ServiceAccount {
  readonly clientEmail: string
  readonly privateKey: KeyObject
  readonly privateKeyId: string | undefined
  readonly projectId: string | undefined
  readonly tokenUri: string
}

/** What is wrong with the key, as the rest of a sentence; never a value of it. */
export interface UnusableKey {
  readonly problem: string
}

export function readServiceAccount(given: unknown): ServiceAccount | UnusableKey {
  const key = typeof given === 'string' ? parse(given) : given
  if (typeof key !== 'object' || key === null) return { problem: 'must be the JSON of a service-account key file.' }
  const { type, client_email, private_key, private_key_id, project_id, token_uri } = key as Record<string, unknown>
  if (type !== undefined && type !== 'service_account') {
    return { problem: 'is a key file of another kind; its "type" must be "service_account".' }
  }
  if (!isText(client_email)) return { problem: 'has no "client_email".' }
  const privateKey = isText(private_key) ? readPrivateKey(private_key) : undefined
  if (privateKey === undefined) return { problem: 'has no "private_key" that is an RSA key in PEM form.' }
  const tokenUri = token_uri ?? GOOGLE_TOKEN_URL
  if (!isText(tokenUri) || URL.parse(tokenUri) === null) return { problem: 'has a "token_uri" that is not a URL.' }
  return {
    clientEmail: client_email,
    privateKey,
    privateKeyId: isText(private_key_id) ? private_key_id : undefined,
    projectId: isText(project_id) ? project_id : undefined,
    tokenUri,
  }
}

/** RS256 JWT (RFC 7523) for one access token. `audience`: the `token_uri`, wherever the request goes. */
export function signAssertion(
  { clientEmail, privateKey, privateKeyId, tokenUri }: ServiceAccount,
  now: number,
): string {
  const issuedAt = Math.floor(now / 1000)
  const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId !== undefined && { kid: privateKeyId }) }
  const claims = {
    iss: clientEmail,
    scope: FCM_SCOPE,
    aud: tokenUri,
    iat: issuedAt,
    exp: issuedAt + MAX_ASSERTION_SECONDS,
  }
  const signed = `${base64url(header)}.${base64url(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    // OpenSSL's reason says less than what is expected.
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error quotes the text, which is secret.
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
