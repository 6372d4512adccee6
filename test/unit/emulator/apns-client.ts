// What the emulator's APNs tests speak to it with: node:http2 and node:crypto, and nothing of Sendword's own senders.
import { createPrivateKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { Emulator } from '../../../src/emulator/create-emulator.ts'
import { answerOf, type FcmAnswer as Http2Answer } from './fcm-client.ts'

type Fields = Readonly<Record<string, unknown>>

export const ALERT = JSON.stringify({ aps: { alert: 'Hello' } })

/** A signed provider token; `claims` and `header` replace what a correct client says. */
export function providerToken(emulator: Emulator, claims: Fields = {}, header: Fields = {}, key?: string): string {
  const { teamId, keyId, key: ownKey } = emulator.credentials.apns
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = encode({ alg: 'ES256', kid: keyId, ...header })
  const body = encode({ iss: teamId, iat: Math.floor(Date.now() / 1000), ...claims })
  const privateKey = createPrivateKey(key ?? ownKey)
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${head}.${body}.${signature.toString('base64url')}`
}

/** Resolves once the server's first SETTINGS have come. */
export async function open(emulator: Emulator, options: object = {}, sandbox = false): Promise<ClientHttp2Session> {
  const { url, sandboxUrl } = emulator.services.apns
  const session = connect(sandbox ? sandboxUrl : url, { ca: emulator.ca, ...options })
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  return session
}

export interface Sending {
  readonly to: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: string | Buffer
}

/** Begins a request as a correct client does, but for what `headers` replaces (undefined: leaves out). */
export function begin(emulator: Emulator, session: ClientHttp2Session, sending: Sending): ClientHttp2Stream {
  const { to, token, headers, body = ALERT } = sending
  const all = {
    ':method': 'POST',
    ':path': `/3/device/${to}`,
    ...(token !== undefined && { authorization: `bearer ${token}` }),
    'apns-topic': emulator.credentials.apns.bundleId,
    'apns-push-type': 'alert',
    ...headers,
  }
  const stream = session.request(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
  stream.end(body)
  return stream
}

export function send(emulator: Emulator, session: ClientHttp2Session, sending: Sending): Promise<Http2Answer> {
  return answerOf(begin(emulator, session, sending))
}
