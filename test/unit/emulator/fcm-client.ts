// What the emulator's FCM tests speak to it with: node:http2 and node:crypto, and nothing of Sendword's own senders.
import { createPrivateKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { Emulator } from '../../../src/emulator/create-emulator.ts'

export interface FcmAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it.
  readonly json: any
}

export interface Claims {
  readonly [claim: string]: unknown
}

/** A signed assertion; `claims` and `header` replace what a correct client says. */
export function assertion(emulator: Emulator, claims: Claims = {}, header: Claims = {}, key?: string): string {
  const account = emulator.credentials.fcm.serviceAccount
  const iat = Math.floor(Date.now() / 1000)
  const head = { alg: 'RS256', typ: 'JWT', kid: account.private_key_id, ...header }
  const body = {
    iss: account.client_email,
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    aud: account.token_uri,
    iat,
    exp: iat + 3600,
    ...claims,
  }
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${encode(head)}.${encode(body)}`
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(key ?? account.private_key))
  return `${signed}.${signature.toString('base64url')}`
}

export function open(emulator: Emulator, options: object = {}): ClientHttp2Session {
  const session = connect(emulator.services.fcm.url, { ca: emulator.ca, ...options })
  session.on('error', () => {})
  return session
}

/** Resolves with the whole answer, or rejects with the error that ended the stream. */
export async function answerOf(stream: ClientHttp2Stream): Promise<FcmAnswer> {
  let body = ''
  let headers: Record<string, unknown> = {}
  stream.setEncoding('utf8')
  stream.on('response', (received) => {
    headers = received
  })
  stream.on('data', (chunk: string) => {
    body += chunk
  })
  await once(stream, 'end')
  if (stream.rstCode !== 0 || headers[':status'] === undefined) {
    await (stream.closed ? undefined : once(stream, 'close'))
    throw Object.assign(new Error(`reset with ${stream.rstCode}`), { rstCode: stream.rstCode, body })
  }
  return { status: Number(headers[':status']), headers, body, json: parsed(body) }
}

export function request(session: ClientHttp2Session, headers: Record<string, string>, body: string): ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', ...headers })
  stream.end(body)
  return stream
}

/** One request on a connection of its own. */
export async function call(emulator: Emulator, headers: Record<string, string>, body: string): Promise<FcmAnswer> {
  const session = open(emulator)
  try {
    return await answerOf(request(session, headers, body))
  } finally {
    session.destroy()
  }
}

const FORM = 'application/x-www-form-urlencoded'

export function askToken(emulator: Emulator, form: Record<string, string>): Promise<FcmAnswer> {
  return call(emulator, { ':path': '/token', 'content-type': FORM }, new URLSearchParams(form).toString())
}

export async function accessToken(emulator: Emulator): Promise<string> {
  const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const { json } = await askToken(emulator, { grant_type: grantType, assertion: assertion(emulator) })
  return json.access_token
}

export function sendHeaders(emulator: Emulator, token: string): Record<string, string> {
  return {
    ':path': `/v1/projects/${emulator.credentials.fcm.projectId}/messages:send`,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  }
}

export function post(emulator: Emulator, token: string, body: unknown): Promise<FcmAnswer> {
  return call(emulator, sendHeaders(emulator, token), typeof body === 'string' ? body : JSON.stringify(body))
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
