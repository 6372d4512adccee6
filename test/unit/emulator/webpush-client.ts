// What the emulator's Web Push tests speak to it with: node:http2, node:https and node:crypto, and nothing of Sendword's own
// senders.
import {
  createCipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  type ECDH,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { request as requestHttps } from 'node:https'
import type { Emulator, VirtualDevice } from '../../../src/emulator/create-emulator.ts'
import { answerOf, type FcmAnswer } from './fcm-client.ts'

export type PushAnswer = FcmAnswer

export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

export function newVapidKeys(): VapidKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-65).toString('base64url'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

interface VapidOptions {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly dsaEncoding?: 'der' | 'ieee-p1363'
  /** What stands in k; default the pair's own. */
  readonly k?: string
}

/** An Authorization header; `claims` and `header` replace what a correct client says. */
export function vapid(endpoint: string, keys: VapidKeys, options: VapidOptions = {}): string {
  const { claims, header, dsaEncoding = 'ieee-p1363', k = keys.publicKey } = options
  const exp = Math.floor(Date.now() / 1000) + 3600
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = encode({ typ: 'JWT', alg: 'ES256', ...header })
  const body = encode({ aud: new URL(endpoint).origin, exp, sub: 'mailto:ops@example.com', ...claims })
  const key = { key: createPrivateKey(keys.privateKey), dsaEncoding }
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')
  return `vapid t=${head}.${body}.${signature}, k=${k}`
}

interface EncryptOptions {
  readonly salt?: Buffer
  readonly sender?: ECDH
  readonly recordSize?: number
  /** After the plaintext: the delimiter, and the padding. */
  readonly ending?: Buffer
}

/** RFC 8291, the sender's side. */
export function encrypt(
  plaintext: Buffer,
  keys: { p256dh: string; auth: string },
  options: EncryptOptions = {},
): Buffer {
  const { salt = randomBytes(16), recordSize = 4096, ending = Buffer.from([2]) } = options
  const sender = options.sender ?? createECDH('prime256v1')
  if (!options.sender) sender.generateKeys()
  const receiver = Buffer.from(keys.p256dh, 'base64url')
  const hmac = (key: Buffer, data: Buffer) => createHmac('sha256', key).update(data).digest()
  const expand = (key: Buffer, info: Buffer) => hmac(key, Buffer.concat([info, Buffer.from([1])]))
  const shared = hmac(Buffer.from(keys.auth, 'base64url'), sender.computeSecret(receiver))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, sender.getPublicKey()])
  const secret = hmac(salt, expand(shared, info))
  const key = expand(secret, Buffer.from('Content-Encoding: aes128gcm\0')).subarray(0, 16)
  const nonce = expand(secret, Buffer.from('Content-Encoding: nonce\0')).subarray(0, 12)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const sealed = [cipher.update(plaintext), cipher.update(ending), cipher.final(), cipher.getAuthTag()]
  const size = Buffer.alloc(4)
  size.writeUInt32BE(recordSize)
  return Buffer.concat([salt, size, Buffer.from([65]), sender.getPublicKey(), ...sealed])
}

export interface Push {
  readonly text?: string | undefined
  readonly body?: Buffer | undefined
  /** One of undefined is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly endpoint?: string
}

const keys = newVapidKeys()

/** A push request as a correct client makes it, but for what is given. */
export function pushOf(device: VirtualDevice, push: Push = {}) {
  const { subscription } = device
  if (!subscription) throw new Error('This device has no subscription.')
  const { endpoint = subscription.endpoint } = push
  const text = push.text === undefined ? undefined : encrypt(Buffer.from(push.text), subscription.keys)
  const body = push.body ?? text ?? Buffer.alloc(0)
  const all = {
    ttl: '60',
    authorization: vapid(endpoint, keys),
    ...(body.length > 0 && { 'content-encoding': 'aes128gcm', 'content-type': 'application/octet-stream' }),
    ...push.headers,
  }
  const headers = Object.fromEntries(Object.entries(all).filter((entry) => entry[1] !== undefined))
  return { endpoint, body, headers: headers as Record<string, string> }
}

export function openSession(emulator: Emulator): ClientHttp2Session {
  const session = connect(emulator.services.webpush.url, { ca: emulator.ca })
  session.on('error', () => {})
  return session
}

export function begin(session: ClientHttp2Session, device: VirtualDevice, push: Push = {}) {
  const { endpoint, body, headers } = pushOf(device, push)
  const stream = session.request({ ':method': 'POST', ':path': new URL(endpoint).pathname, ...headers })
  stream.end(body)
  return stream
}

/** One push over HTTP/2, on a connection of its own. */
export async function push(emulator: Emulator, device: VirtualDevice, given: Push = {}): Promise<PushAnswer> {
  const session = openSession(emulator)
  try {
    return await answerOf(begin(session, device, given))
  } finally {
    session.destroy()
  }
}

interface Http1Request {
  readonly method: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer
}

/** Over HTTP/1.1, with TLS or without. */
export function http1(emulator: Emulator, url: string, request: Http1Request): Promise<PushAnswer> {
  const { method, headers, body } = request
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers, ca: emulator.ca, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        const json = text === '' ? undefined : JSON.parse(text)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, json })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
